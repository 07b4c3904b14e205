# Displays scripts, pictures with scripts, links to scripts and remote pictures.
# told: names <script
from IPython.display import HTML, SVG, Javascript, Markdown, display

XSS = (
    "<script>alert('dl4cv')</script><img src=x onerror=alert(1)><a href='javascript:alert(1)'>x</a>"
)
display(HTML(XSS), Markdown(XSS + " [x](javascript:alert(1)) ![x](http://example.org/x.png)"))
display(SVG(data="<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'></svg>"))
display(Javascript("alert(1)"))
display({"text/html": XSS, "text/plain": XSS, "application/javascript": "alert(1)"}, raw=True)
print(XSS)
print("halves of characters, which no file can hold: \ud800 \udfff \x00")
print("\x1b]8;;javascript:alert(1)\x07link\x1b]8;;\x07 \x1b[31m" + XSS)
raise type("Error<script>alert(1)</script>", (ValueError,), {})(XSS)
