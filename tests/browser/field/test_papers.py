"""Photos of paper forms, signatures, and a queue that is sent from another machine."""

import json
from dataclasses import replace
from email import message_from_bytes
from io import BytesIO
from pathlib import Path
from uuid import UUID

import pytest
from PIL import Image
from playwright.sync_api import expect

from consent.models import Visit, VisitPhoto
from consent.services.visits import record_visits
from tests.browser.field.conftest import MakePhone, Walk
from tests.browser.field.phone import Phone, words
from tests.browser.field.server import PHOTOS, FieldServer, Sent, breaks_down
from tests.browser.handles import DESK, picture
from tests.consent.casts import a_visit

GPS, MAKE, ORIENTATION = 0x8825, 0x010F, 0x0112


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """As a phone makes it: 12 megapixels, on its side, with the place and the maker in it."""
    image = Image.new("RGB", (4000, 3000), "white")
    image.paste("black", (200, 200, 1200, 400))
    exif = image.getexif()
    exif[MAKE] = "Maker of phones"
    exif[ORIENTATION] = 6
    exif.get_ifd(GPS).update({1: "N", 2: (30.0, 41.0, 30.0), 3: "E", 4: (111.0, 17.0, 11.0)})
    path = tmp_path / "form.jpg"
    image.save(path, exif=exif, quality=95)
    with Image.open(path) as written:
        assert written.getexif().get_ifd(GPS)
    return path


def file_of(sent: Sent) -> bytes:
    """The file of a multipart body."""
    message = message_from_bytes(b"Content-Type: " + sent.content_type.encode() + b"\r\n\r\n" + sent.body)
    parts = {str(part.get_param("name", header="content-disposition")): part for part in message.get_payload()}
    content = parts["file"].get_payload(decode=True)
    assert isinstance(content, bytes)
    return content


def test_a_photo_follows_its_answer_smaller_upright_and_without_its_place(
    server: FieldServer, phone: Phone, walk: Walk, photo: Path
) -> None:
    phone.enter(walk.member)
    phone.take_offline()
    phone.cut_off()
    phone.front(walk.survey.pk)
    phone.open_door(walk.doors[0].pk)
    phone.fill("supports")
    phone.page.locator("#photo").set_input_files(photo)
    expect(phone.page.locator(".photo-kept")).to_be_visible()
    phone.save()
    phone.log(walk.doors[1].pk, "no_answer")
    phone.reopen(offline=True)
    server.fail_next(breaks_down, at=PHOTOS)

    phone.reach()
    phone.home()
    phone.waits(0)
    assert Visit.objects.count() == 2
    phone.get("sync-now").click()
    phone.says("synced")

    visit = Visit.objects.get(outcome="supports")
    assert VisitPhoto.objects.get().visit == visit
    kinds = ["visits" if sent in server.batches() else "photos" for sent in server.sent]
    assert kinds == ["visits", "photos", "photos"]
    sent = file_of(server.photos()[-1])
    assert len(sent) < photo.stat().st_size
    assert b"Exif" not in sent
    assert b"Maker of phones" not in sent
    with Image.open(BytesIO(sent)) as image:
        assert max(image.size) <= 1600
        assert image.height > image.width
        assert not image.getexif()


def test_a_signature_is_drawn_without_a_network_and_arrives(server: FieldServer, phone: Phone, walk: Walk) -> None:
    phone.enter(walk.member)
    phone.take_offline()
    phone.cut_off()
    phone.front(walk.survey.pk)
    phone.open_door(walk.doors[0].pk)
    phone.fill("supports")
    pad = phone.get("signature")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    assert box is not None
    phone.page.mouse.move(box["x"] + 20, box["y"] + 20)
    phone.page.mouse.down()
    phone.page.mouse.move(box["x"] + 120, box["y"] + 60, steps=5)
    phone.page.mouse.up()
    picture(phone.page, "field-signature")
    phone.save()

    phone.reach()
    phone.says("synced", pending=0)

    signature = Visit.objects.select_related("private").get().private.signature
    assert signature is not None
    assert max(server.batches()[-1].body.count(b"data:image/png;base64,"), 0) == 1


def test_the_photo_goes_with_a_visit_whose_id_was_taken_by_another_content(
    server: FieldServer, phone: Phone, walk: Walk, photo: Path
) -> None:
    door = walk.doors[0]
    phone.enter(walk.member)
    phone.take_offline()
    phone.cut_off()
    phone.front(walk.survey.pk)
    phone.open_door(door.pk)
    phone.fill("supports")
    phone.page.locator("#photo").set_input_files(photo)
    expect(phone.page.locator(".photo-kept")).to_be_visible()
    phone.save()
    phone.go("/field/waiting/")
    handle = phone.page.locator("[data-testid^=record-][data-state=waiting]").get_attribute("data-testid") or ""
    earlier = replace(a_visit(door, party=("owners_committee",)), client_id=UUID(handle.removeprefix("record-")))
    record_visits(survey=walk.survey, visits=[earlier], by=walk.member)
    phone.reach()

    phone.page.locator("[data-state=refused]").get_by_test_id("record-mend").click()
    expect(phone.page.locator(".photo-kept")).to_be_visible()
    phone.save()
    phone.says("synced", pending=0)

    first, second = Visit.objects.order_by("sequence")
    assert second.supersedes == first
    assert VisitPhoto.objects.get().visit == second


def test_a_queue_saved_as_a_file_is_sent_from_another_machine_and_recorded_once(
    server: FieldServer, make_phone: MakePhone, walk: Walk, photo: Path, tmp_path: Path
) -> None:
    phone = make_phone()
    phone.enter(walk.member)
    phone.take_offline()
    phone.cut_off()
    phone.front(walk.survey.pk)
    phone.log(walk.doors[0].pk, "not_yet", note="先修排水")
    phone.open_door(walk.doors[1].pk)
    phone.fill("supports")
    phone.page.locator("#photo").set_input_files(photo)
    expect(phone.page.locator(".photo-kept")).to_be_visible()
    phone.save()
    phone.go("/field/waiting/")
    with phone.page.expect_download() as download:
        phone.get("queue-export").click()
    file = tmp_path / "queue.json"
    download.value.save_as(file)
    assert json.loads(file.read_text())["format"] == "gongdi-field-records"

    machine = make_phone(viewport=DESK, has_touch=False, is_mobile=False)
    machine.enter(walk.member)
    machine.go("/field/waiting/")
    machine.get("queue-import").set_input_files(file)
    expect(machine.page.locator("[data-testid^=record-][data-state=recorded]")).to_have_count(2)
    machine.says("synced", pending=0)
    expected = {walk.doors[0].pk: "not_yet", walk.doors[1].pk: "supports"}
    assert walk.outcomes() == expected
    assert VisitPhoto.objects.count() == 1
    machine.get("queue-import").set_input_files(file)
    expect(machine.page.locator("#notices")).to_contain_text(words("waiting.known"))

    # The phone comes back, too.
    phone.reach()
    phone.get("sync-now").click()
    phone.says("synced", pending=0)
    assert walk.outcomes() == expected
    assert Visit.objects.get(outcome="not_yet").private.note == "先修排水"
    assert VisitPhoto.objects.count() == 1
    expect(phone.page.locator("[data-testid^=record-][data-state=recorded]")).to_have_count(2)
