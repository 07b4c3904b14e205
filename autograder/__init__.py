"""Release, grade and return the assignments of the course."""

import sys

# jsonschema imports this library, where it is installed, to check addresses. nbformat asks for no
# such check, and the import takes half a second: as long as nbgrader itself.
sys.modules.setdefault("rfc3987_syntax", None)
