"""The sections of the book that hints point at."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Section:
    """path: of the page, under the site's root. anchor: the label in front of the heading."""

    page: str
    heading: str
    path: str
    anchor: str

    @property
    def title(self):
        """Its page and its heading."""
        return self.page if self.heading == self.page else f"{self.page} › {self.heading}"

    def reference(self, site):
        """How a hint names the section; site: the address of the published book."""
        return f"{self.title}  {site}{self.path}.html#{self.anchor}"


def sections(project):
    """{label: Section} of every labelled heading in book/."""
    found = {}
    for path in sorted((project.root / "book").rglob("*.md")):
        text = path.read_text(encoding="utf-8")
        title = re.search(r"(?m)^# +(.+)$", text)
        page = title[1].strip() if title else path.stem
        for label, heading in re.findall(r"(?m)^\(([\w-]+)\)=\s*\n+#+ +(.+)$", text):
            place = str(path.relative_to(project.root).with_suffix(""))
            found[label] = Section(page, heading.strip(), place, label)
    return found


def site(repository):
    """The address of the published book on GitHub Pages, with a slash at its end."""
    owner, _, name = urlsplit(repository).path.strip("/").partition("/")
    return f"https://{owner}.github.io/{name}/"
