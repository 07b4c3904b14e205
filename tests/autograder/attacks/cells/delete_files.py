# Deletes the other submissions, the source and what else it can reach.
# told: uses shutil.rmtree
import os
import shutil

for path in ("@COURSE@/submitted", "@ROOT@/solutions", "@HOME@"):
    shutil.rmtree(path, ignore_errors=True)
os.path.exists("@CANARY@") and os.remove("@CANARY@")
