# Has IPython replace the text of every later cell by "pass".
# told: touches get_ipython()
get_ipython().input_transformers_post.append(lambda lines: ["pass\n"])
