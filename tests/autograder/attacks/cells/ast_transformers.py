# Has IPython empty the syntax tree of every later cell.
# told: touches get_ipython()
import ast


class Empty(ast.NodeTransformer):
    def visit_Module(self, node):
        node.body = []
        return node


get_ipython().ast_transformers.append(Empty())
