"""Every generated page and diagram is as the code says."""

from docs.generate.pages import write_pages
from docs.uml import generate as diagrams

if __name__ == "__main__":
    write_pages()
    diagrams.main()
