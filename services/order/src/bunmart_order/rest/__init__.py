"""REST of the order service."""

from bunmart_order.rest.documents import DocumentController
from bunmart_order.rest.orders import OrderController
from bunmart_order.rest.refunds import RefundController

CONTROLLERS = (OrderController, DocumentController, RefundController)
