# Raises, from tested functions, errors whose name and text are HTML.
# told: names <script
# %% double
def double(x):
    raise type("E<script>alert(1)</script>", (ValueError,), {})("\ud800<img src=x onerror=alert(1)>")


# %% greet
def greet(name):
    raise ValueError(
        "Read: page › section  javascript:alert(1)\nThis is what you get when <b>x</b>"
    )
