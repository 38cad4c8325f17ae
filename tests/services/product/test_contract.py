"""The catalogue over gRPC, as cart, pricing and review use it."""

from typing import Any
from uuid import uuid4

import grpc
from bunmart.product.v1 import product_pb2

from tests.services.product.conftest import Shop
from tests.support import rpc_error


async def test_only_what_exists_and_is_for_sale_is_valid(shop: Shop) -> None:
    bun, roll = await shop.product("Bun"), await shop.product("Roll")
    old = await shop.product("Old", active=False)

    request = product_pb2.ValidateProductsRequest(product_ids=[bun, str(uuid4()), old, roll, bun.upper()])
    valid = (await shop.stub.ValidateProducts(request)).valid_product_ids

    assert sorted(valid) == sorted([bun, roll])


async def test_what_is_taken_off_sale_is_invalid_at_once(shop: Shop) -> None:
    bun = await shop.product("Bun")
    request = product_pb2.ValidateProductsRequest(product_ids=[bun])
    assert list((await shop.stub.ValidateProducts(request)).valid_product_ids) == [bun]

    await shop.http.put(f"/api/products/{bun}", json={"name": "Bun", "active": False}, headers=shop.admin)

    assert list((await shop.stub.ValidateProducts(request)).valid_product_ids) == []


async def test_a_product_is_read_for_sale_or_not(shop: Shop) -> None:
    category = (await shop.create("categories", name="Bread"))["category_id"]
    tag = (await shop.create("tags", name="new"))["tag_id"]
    bun = await shop.product(description="Soft", category_id=category, tag_ids=[tag], active=False)
    image = (await shop.upload(bun)).json()["image_url"]

    product = (await shop.stub.GetProduct(product_pb2.GetProductRequest(product_id=bun))).product

    assert (product.product_id, product.name, product.description) == (bun, "Bun", "Soft")
    assert (product.category_id, list(product.tag_ids)) == (category, [tag])
    assert (product.image_url, list(product.image_urls)) == (image, [image])
    assert product.created_at.seconds <= product.updated_at.seconds

    plain = await shop.product("Roll")
    request = product_pb2.GetProductsRequest(product_ids=[plain, str(uuid4()), bun])
    products = {each.product_id: each for each in (await shop.stub.GetProducts(request)).products}
    assert products.keys() == {bun, plain}
    assert products[bun] == product
    assert (products[plain].category_id, products[plain].image_url) == ("", "")


async def test_unknown_and_malformed_are_refused(shop: Shop) -> None:
    unknown = product_pb2.GetProductRequest(product_id=str(uuid4()))
    error = await rpc_error(shop.stub.GetProduct(unknown))
    assert (error.status, error.reason) == (grpc.StatusCode.NOT_FOUND, "PRODUCT_NOT_FOUND")

    many = [str(uuid4())] * 201
    calls: list[tuple[Any, str]] = [
        (shop.stub.GetProduct(product_pb2.GetProductRequest()), "product_id"),
        (shop.stub.GetProduct(product_pb2.GetProductRequest(product_id="\x00")), "product_id"),
        (shop.stub.GetProducts(product_pb2.GetProductsRequest()), "product_ids"),
        (shop.stub.GetProducts(product_pb2.GetProductsRequest(product_ids=["", "x"])), "product_ids[0]"),
        (shop.stub.ValidateProducts(product_pb2.ValidateProductsRequest()), "product_ids"),
        (shop.stub.ValidateProducts(product_pb2.ValidateProductsRequest(product_ids=many)), "product_ids"),
        (
            shop.stub.ValidateProducts(product_pb2.ValidateProductsRequest(product_ids=["x"])),
            "product_ids[0]",
        ),
    ]
    for call, field in calls:
        error = await rpc_error(call)
        assert (error.status, error.fields) == (grpc.StatusCode.INVALID_ARGUMENT, [field])


async def test_a_product_is_described_as_it_is_sold(shop: Shop) -> None:
    category = (await shop.create("categories", name="Bread"))["category_id"]
    loaf = await shop.product(
        "Nut loaf",
        category_id=category,
        unit=" 500 g ",
        tax_category="beverage",
        allergens=["nuts", "gluten", "nuts"],
    )
    plain = await shop.product("Water")

    request = product_pb2.ValidateProductsRequest(product_ids=[loaf, plain])
    sold = {each.product_id: each for each in (await shop.stub.ValidateProducts(request)).products}
    info = (await shop.stub.GetProduct(product_pb2.GetProductRequest(product_id=loaf))).product

    assert sold[loaf] == product_pb2.SaleProduct(
        product_id=loaf,
        name="Nut loaf",
        unit="500 g",
        category_id=category,
        tax_category="beverage",
        allergens=["gluten", "nuts"],
    )
    assert sold[plain] == product_pb2.SaleProduct(
        product_id=plain, name="Water", unit="piece", tax_category="food"
    )
    assert (info.unit, info.tax_category, list(info.allergens)) == ("500 g", "beverage", ["gluten", "nuts"])
