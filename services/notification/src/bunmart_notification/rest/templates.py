"""Templates over REST, for admins."""

from bunmart_chassis.identity import Role, requires
from bunmart_chassis.paging import Page, PageRequest
from bunmart_chassis.rest import UnitOfWork
from litestar import Controller, delete, get, post, put

from bunmart_notification.schemas import (
    NewTemplate,
    Preview,
    PreviewView,
    TemplateTexts,
    TemplateView,
    template_view,
)
from bunmart_notification.service import Notifications


class TemplateController(Controller):
    """The texts of notifications."""

    path = "/api/templates"
    tags = ("templates",)
    guards = (requires(Role.ADMIN),)

    @post("/", operation_id="CreateTemplate")
    async def create(self, data: NewTemplate, notifications: Notifications, unit: UnitOfWork) -> TemplateView:
        """Add a template."""
        return template_view(await notifications.add_template(unit, data.template(data.template_id)))

    @get("/", operation_id="ListTemplates")
    async def list_all(self, notifications: Notifications, page: PageRequest) -> Page[TemplateView]:
        """List templates by id."""
        return (await notifications.list_templates(page)).map(template_view)

    @get("/{template_id:str}", operation_id="GetTemplate")
    async def get_one(self, template_id: str, notifications: Notifications) -> TemplateView:
        """Read a template."""
        return template_view(await notifications.get_template(template_id))

    @put("/{template_id:str}", operation_id="UpdateTemplate")
    async def update(
        self, template_id: str, data: TemplateTexts, notifications: Notifications, unit: UnitOfWork
    ) -> TemplateView:
        """Replace the texts of a template; notifications that were sent stay unchanged."""
        return template_view(await notifications.change_template(unit, data.template(template_id)))

    @post("/{template_id:str}/preview", status_code=200, operation_id="PreviewTemplate")
    async def preview(self, template_id: str, data: Preview, notifications: Notifications) -> PreviewView:
        """Render a template with values, without sending anything."""
        text = await notifications.preview(template_id, data.values())
        return PreviewView(subject=text.subject, body=text.body, html=text.html)

    @delete("/{template_id:str}", operation_id="DeleteTemplate")
    async def delete(self, template_id: str, notifications: Notifications, unit: UnitOfWork) -> None:
        """Delete a template and its rules; notifications stay."""
        await notifications.delete_template(unit, template_id)
