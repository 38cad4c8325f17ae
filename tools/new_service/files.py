"""The files of the new service itself: what ``templates/`` says, with its names filled in."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from tools.new_service.names import Names

TEMPLATES = Path(__file__).with_name("templates")
LIKE = "order"
"""The service whose skaffold.yaml the new one gets: all are the same but for the name."""


def service_files(names: Names, root: Path) -> dict[Path, str]:
    """Return the texts of the new files by their paths in the tree."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        autoescape=False,
    )
    files = {
        _place(template, names): environment.get_template(template).render(names.words())
        for template in environment.list_templates(extensions=["jinja"])
    }
    module = (root / "services" / LIKE / "skaffold.yaml").read_text()
    files[Path("services", names.name, "skaffold.yaml")] = module.replace(LIKE, names.name)
    return files


def _place(template: str, names: Names) -> Path:
    path = template.removesuffix(".jinja")
    return Path(path.replace("_name_", names.name).replace("_plural_", names.plural))
