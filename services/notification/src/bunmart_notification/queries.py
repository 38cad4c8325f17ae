"""The notification service's statements, compiled at import."""

import sqlalchemy as sa
from bunmart_chassis.paging import PagedQuery
from bunmart_chassis.storage import Command, Insert, Query, columns, table

from bunmart_notification.domain import Attachment, Notification, Rule, Status, Template, TemplateRule
from bunmart_notification.models import AttachmentTable, NotificationTable, RuleTable, TemplateTable

NOTIFICATIONS, TEMPLATES, RULES = table(NotificationTable), table(TemplateTable), table(RuleTable)
ATTACHMENTS = table(AttachmentTable)
_UUID = sa.Uuid()

ADD_NOTIFICATION = Insert(NotificationTable, Notification)
ADD_ATTACHMENT = Insert(AttachmentTable, Attachment)
ADD_TEMPLATE = Insert(TemplateTable, Template)
ADD_RULE = Insert(RuleTable, Rule)

TEMPLATE_WITH_RULES = Query(
    sa.select(
        *columns(TemplateTable, Template),
        RULES.c.channel,
        RULES.c.enabled,
        RULES.c.template_id.is_not(None).label("specific"),
    )
    .join_from(
        TEMPLATES,
        RULES,
        sa.or_(RULES.c.template_id == TEMPLATES.c.id, RULES.c.template_id.is_(None)),
        isouter=True,
    )
    .where(TEMPLATES.c.id == sa.bindparam("template_id")),
    TemplateRule,
)
"""The template once for each rule that applies, or once; no row means that there is no such template."""

_NOTIFICATION = sa.select(*columns(NotificationTable, Notification))
_THIS = NOTIFICATIONS.c.id == sa.bindparam("notification_id", type_=_UUID)
NOTIFICATION = Query(_NOTIFICATION.where(_THIS), Notification)
NOTIFICATION_FOR_UPDATE = Query(_NOTIFICATION.where(_THIS).with_for_update(), Notification)
NOTIFICATION_PAGES = PagedQuery(
    _NOTIFICATION,
    Notification,
    order=[NOTIFICATIONS.c.id],
    filters={
        "user_id": NOTIFICATIONS.c.user_id == sa.bindparam("user_id", type_=_UUID),
        "unread": NOTIFICATIONS.c.read_at.is_(None),
        "status": NOTIFICATIONS.c.status == sa.bindparam("status"),
        "failed": NOTIFICATIONS.c.status == sa.literal_column(f"'{Status.FAILED}'"),
    },
)
"""Newest first. ``failed`` is a status as a literal: only then does Postgres use the partial index."""

_CHANGE = sa.update(NOTIFICATIONS).where(_THIS)
_QUEUED = NOTIFICATIONS.c.status == sa.literal_column(f"'{Status.QUEUED}'")
_WITHOUT_SECRETS = {
    "body": sa.case((NOTIFICATIONS.c.confidential, ""), else_=NOTIFICATIONS.c.body),
    "html": sa.case((NOTIFICATIONS.c.confidential, sa.null()), else_=NOTIFICATIONS.c.html),
}
MARK_SENT = Command(
    _CHANGE.where(_QUEUED).values(
        status=Status.SENT.value, sent_at=sa.func.now(), error=None, **_WITHOUT_SECRETS
    )
)
MARK_FAILED = Command(
    _CHANGE.where(_QUEUED).values(status=Status.FAILED.value, error=sa.bindparam("error"), **_WITHOUT_SECRETS)
)
COUNT_ATTEMPT = Query(
    _CHANGE.where(_QUEUED)
    .values(attempts=NOTIFICATIONS.c.attempts + 1, error=sa.bindparam("error"))
    .returning(NOTIFICATIONS.c.attempts),
    int,
)
REQUEUE = Query(
    _CHANGE.values(status=Status.QUEUED.value, attempts=0, error=None).returning(
        *columns(NotificationTable, Notification)
    ),
    Notification,
)
MARK_READ = Query(
    _CHANGE.values(read_at=sa.func.coalesce(NOTIFICATIONS.c.read_at, sa.func.now())).returning(
        *columns(NotificationTable, Notification)
    ),
    Notification,
)
_ITS_ATTACHMENTS = ATTACHMENTS.c.notification_id == sa.bindparam("notification_id", type_=_UUID)
ATTACHMENTS_OF = Query(
    sa.select(*columns(AttachmentTable, Attachment)).where(_ITS_ATTACHMENTS).order_by(ATTACHMENTS.c.position),
    Attachment,
)
DROP_ATTACHMENTS = Command(sa.delete(ATTACHMENTS).where(_ITS_ATTACHMENTS))
DELETE_NOTIFICATION = Command(sa.delete(NOTIFICATIONS).where(_THIS))

_TEMPLATE = sa.select(*columns(TemplateTable, Template))
_THAT_TEMPLATE = TEMPLATES.c.id == sa.bindparam("template_id")
TEMPLATE = Query(_TEMPLATE.where(_THAT_TEMPLATE), Template)
TEMPLATE_FOR_UPDATE = Query(_TEMPLATE.where(_THAT_TEMPLATE).with_for_update(), Template)
TEMPLATE_PAGES = PagedQuery(_TEMPLATE, Template, order=[TEMPLATES.c.id], descending=False)
SAVE_TEMPLATE = Query(
    sa.update(TEMPLATES)
    .where(_THAT_TEMPLATE)
    .values(
        {name: sa.bindparam(name) for name in ("subject", "body", "html", "updated_at")}
        # It only tightens: a change of the texts, by whomever, makes no secret readable.
        | {"confidential": sa.or_(TEMPLATES.c.confidential, sa.bindparam("confidential", type_=sa.Boolean))}
    )
    .returning(*columns(TemplateTable, Template)),
    Template,
)
DELETE_TEMPLATE = Command(sa.delete(TEMPLATES).where(_THAT_TEMPLATE))

_RULE = sa.select(*columns(RuleTable, Rule))
_THIS_RULE = RULES.c.id == sa.bindparam("rule_id", type_=_UUID)
RULE = Query(_RULE.where(_THIS_RULE), Rule)
RULE_PAGES = PagedQuery(_RULE, Rule, order=[RULES.c.id], descending=False)
SAVE_RULE = Query(
    sa.update(RULES)
    .where(_THIS_RULE)
    .values(enabled=sa.bindparam("enabled"), updated_at=sa.func.now())
    .returning(*columns(RuleTable, Rule)),
    Rule,
)
DELETE_RULE = Command(sa.delete(RULES).where(_THIS_RULE))
