"""The web chat's page in a real browser: on a phone, by keyboard, with a network that comes and goes."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from io import BytesIO

import pytest
import pytest_asyncio
from PIL import Image
from playwright.async_api import Browser, Page, Route, WebSocketRoute, expect

from bot.channels.base import Pace
from tests.e2e.browser import Chat, chromium, desk, phone
from tests.e2e.scripted import Bot

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def bot() -> AsyncIterator[Bot]:
    running = Bot()
    running.address = await running.start()
    yield running
    await running.stop()


# --------------------------------------------------------------------------- the talk


async def test_one_picks_who_to_be_and_is_greeted_without_having_to_speak(browser: Browser, bot: Bot) -> None:
    async with await phone(browser, bot.address) as context:
        chat = await Chat.open(context)
        await expect(chat.page.get_by_role("heading", level=2)).to_have_text(
            "Anh/chị muốn xem thử với vai nào?"
        )
        await expect(chat.page.get_by_text("Dữ liệu minh hoạ, không có thật")).to_be_visible()
        await chat.page.get_by_role("button", name="Tổ viên").click()
        await chat.sees("Chào anh/chị!")
        await expect(chat.page.get_by_text("Trả lời tự động · Tổ viên")).to_be_visible()
        assert await chat.talk() == ["Chào anh/chị!"]
        assert chat.faults == []


async def test_who_speaks_before_the_line_is_up_is_answered_and_not_greeted_over_it(
    browser: Browser, bot: Bot
) -> None:
    held: list[tuple[WebSocketRoute, str]] = []
    answered = asyncio.Event()

    def hold(page: WebSocketRoute) -> None:
        def keep(told: str | bytes) -> None:
            held.append((page, str(told)))
            if json.loads(told)["type"] == "shown":
                answered.set()

        page.connect_to_server().on_message(keep)

    async with await phone(browser, bot.address) as context:
        await context.route_web_socket(re.compile("/chat/live"), hold)
        chat = await Chat.open(context, "Tổ viên")
        await chat.say("năm")
        await expect(chat.log.locator(".mine")).to_contain_text("Đã nhận")
        await asyncio.wait_for(answered.wait(), 10)
        assert json.loads(held[0][1])["type"] == "ready"
        for page, told in held:
            page.send(told)
        await chat.sees("Em đã nhận: năm")
        await chat.say("sáu")
        await expect(chat.log.locator(".mine")).to_have_count(2)
        await expect(chat.log.locator(".mine").last).to_contain_text("Đã nhận")
        assert [said.text for said in bot.heard] == ["năm", "sáu"]
        assert chat.faults == []


async def test_a_tap_says_its_label_and_is_ticked_when_it_was_received(browser: Browser, bot: Bot) -> None:
    async with await phone(browser, bot.address) as context:
        chat = await Chat.open(context, "Tổ viên")
        await chat.sees("Chào")
        bot.busy = True
        await chat.choose("Khảo sát")
        mine = chat.log.locator(".mine").last
        await expect(mine).to_contain_text("Đang gửi")
        bot.busy = False
        await expect(mine).to_contain_text("Đã nhận")
        await chat.sees("Nhà mình có mấy người?")
        assert [(said.text, said.payload) for said in bot.heard[1:]] == [("Khảo sát", "khao sat")]


async def test_a_reload_in_the_middle_shows_both_sides_of_the_talk_in_order(
    browser: Browser, bot: Bot
) -> None:
    async with await phone(browser, bot.address) as context:
        chat = await Chat.open(context, "Tổ viên")
        await chat.sees("Chào")
        await chat.choose("Khảo sát")
        await chat.sees("mấy người")
        await chat.say("năm")
        await chat.sees("Em đã nhận: năm")
        before = await chat.talk()
        await chat.page.reload()
        await chat.sees("Em đã nhận: năm")
        await expect(chat.log.locator(".message")).to_have_count(len(before))
        assert await chat.talk() == before
        assert [said.text for said in bot.heard] == ["/start", "Khảo sát", "năm"]


async def test_buttons_of_an_old_question_can_still_be_pressed(browser: Browser, bot: Bot) -> None:
    async with await phone(browser, bot.address) as context:
        chat = await Chat.open(context, "Tổ viên")
        await chat.sees("Chào")
        await chat.choose("Khảo sát")
        await chat.sees("mấy người")
        current = chat.log.locator(".choices.current")
        await expect(current).to_have_count(1)
        await expect(current).to_contain_text("Hai người")
        await chat.page.get_by_role("button", name="Tiến độ").click()
        await chat.sees("Em đã nhận: tien do")


async def test_a_tick_changes_the_message_that_it_was_made_on(browser: Browser, bot: Bot) -> None:
    async with await phone(browser, bot.address) as context:
        chat = await Chat.open(context, "Tổ viên")
        await chat.sees("Chào")
        await chat.say("mạng")
        await chat.sees("Dùng mạng gì?")
        before = await chat.log.locator("li.message").count()
        wifi, four_g = (chat.choices.filter(has_text=label) for label in ("Wifi", "4G"))
        await wifi.click()
        await four_g.click()  # perhaps before the first is answered: the message as it was is pressed
        await chat.sees("Đã chọn: Wifi, 4G")
        for _ in range(2):  # and as it was once the page is loaded again
            await expect(chat.log.locator("li.message")).to_have_count(before)
            assert await chat.log.get_by_text("Dùng mạng gì?").count() == 0
            await chat.page.reload()
            await chat.sees("Đã chọn: Wifi, 4G")
        assert not chat.faults


async def test_whatever_is_typed_stays_text_on_both_sides(browser: Browser, bot: Bot) -> None:
    nasty = [
        "<img src=x onerror=\"document.title='hacked'\">",
        "<script>document.title='hacked'</script>",
        "\"'><svg onload=document.title='hacked'>",
        "javascript:document.title='hacked'",
        "&lt;b&gt; {{7*7}} ${7*7}",
        "\u202egnp.exe \u200b\u2066",
    ]
    async with await desk(browser, bot.address) as context:
        chat = await Chat.open(context, "Người dân")
        await chat.sees("Chào")
        for text in nasty:
            await chat.say(text)
            await chat.sees(text)
        await bot.tell("demo:citizen", nasty[0], [nasty[1]])
        await expect(chat.choices.first).to_have_text(nasty[1])
        said = await chat.talk()
        assert [text in said for text in nasty] == [True] * len(nasty)
        assert await chat.log.locator(".bubble img, .bubble svg, .bubble script, .bubble a").count() == 0
        assert await chat.page.title() == "Tổ công nghệ số cộng đồng"
        assert chat.faults == []


async def test_lists_line_breaks_and_https_links_of_the_bot_are_shown_as_such(
    browser: Browser, bot: Bot
) -> None:
    async with await desk(browser, bot.address) as context:
        chat = await Chat.open(context, "Người dân")
        await chat.sees("Chào")
        await bot.tell(
            "demo:citizen",
            "Các bước:\n3. Mở https://dichvucong.gov.vn.\n4. Bấm Đăng nhập\n\nMất năm phút.\n"
            "Cần có:\n• Điện thoại\n• VNeID\nhttp://x.vn",
        )
        await chat.sees("Các bước")
        assert await chat.newest.locator(".head").all_text_contents() == ["Các bước:", "Cần có:"]
        numbered = chat.newest.locator("ol > li")
        assert await numbered.evaluate_all("items => items.map(i => i.value)") == [3, 4]
        assert await chat.newest.locator("ul > li").all_text_contents() == ["Điện thoại", "VNeID"]
        links = chat.newest.get_by_role("link")
        assert await links.evaluate_all("all => all.map(a => [a.href, a.rel])") == [
            ["https://dichvucong.gov.vn/", "noopener noreferrer"]
        ]


async def test_a_question_stands_out_from_how_far_one_is(browser: Browser, bot: Bot) -> None:
    async with await phone(browser, bot.address) as context:
        chat = await Chat.open(context, "Tổ viên")
        await chat.sees("Chào")
        await chat.choose("Khảo sát")
        await chat.sees("7/14 · Trong nhà")
        await expect(chat.newest.locator(".question")).to_have_text("Nhà mình có mấy người?")
        bar = chat.newest.locator(".bar")
        assert await bar.evaluate("bar => bar.firstChild.offsetWidth / bar.offsetWidth") == pytest.approx(
            0.5, abs=0.01
        )


async def test_a_photo_and_where_one_stands_can_be_sent(browser: Browser, bot: Bot) -> None:
    place = {"latitude": 10.7739, "longitude": 106.0123}
    async with await phone(browser, bot.address, geolocation=place, permissions=["geolocation"]) as context:
        chat = await Chat.open(context, "Tổ viên")
        await chat.sees("Chào")
        await bot.tell("demo:member", "Ghi vị trí của nhà?", ask="location", ask_label="📍 Gửi vị trí")
        await chat.choose("📍 Gửi vị trí")
        await chat.sees("Em đã nhận vị trí 10.7739")
        await chat.page.get_by_role("button", name="Đính kèm").click()
        async with chat.page.expect_file_chooser() as chooser:
            await chat.page.get_by_role("button", name="Gửi ảnh").click()
        out = BytesIO()
        Image.new("RGB", (2000, 1000), "green").save(out, "JPEG")
        await (await chooser.value).set_files(
            {"name": "nha.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}
        )
        await chat.sees("Em đã nhận ảnh")
        with Image.open(BytesIO(bot.heard[-1].photo.data)) as kept:
            assert kept.size == (1600, 800)
        async with chat.page.expect_file_chooser() as chooser:
            await chat.page.get_by_role("button", name="Đính kèm").click()
            await chat.page.get_by_role("button", name="Gửi ảnh").click()
        await (await chooser.value).set_files(
            {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": b"no photo"}
        )
        await expect(chat.log.locator(".mine").last).to_contain_text("không phải ảnh đọc được")


# --------------------------------------------------------------------------- tabs and people


async def test_two_tabs_of_one_person_show_the_whole_talk(browser: Browser, bot: Bot) -> None:
    async with await desk(browser, bot.address) as context, await phone(browser, bot.address) as pocket:
        first = await Chat.open(context, "Tổ viên")
        await first.sees("Chào")
        second = await Chat.open(context, "Tổ viên")
        third = await Chat.open(pocket, "Tổ viên")
        await third.sees("Chào")
        await first.say("từ thẻ một")
        await second.sees("Em đã nhận: từ thẻ một")
        await second.say("từ thẻ hai")
        for chat in (first, second, third):
            await chat.sees("Em đã nhận: từ thẻ hai")
            assert await chat.talk() == [
                "Chào anh/chị!",
                "từ thẻ một",
                "Em đã nhận: từ thẻ một",
                "từ thẻ hai",
                "Em đã nhận: từ thẻ hai",
            ]
        assert bot.texts() == ["từ thẻ một", "từ thẻ hai"]


async def test_each_tab_can_be_somebody_else_and_stays_so_over_a_reload(browser: Browser, bot: Bot) -> None:
    async with await desk(browser, bot.address) as context:
        member = await Chat.open(context, "Tổ viên")
        citizen = await Chat.open(context, "Người dân")
        await citizen.sees("Chào")
        await citizen.say("tôi hỏi")
        await citizen.sees("tôi hỏi")
        await member.page.reload()
        await expect(member.page.get_by_text("Tổ viên")).to_be_visible()
        await member.sees("Chào")
        assert await member.talk() == ["Chào anh/chị!"]


async def test_nine_open_tabs_can_all_still_speak(browser: Browser, bot: Bot) -> None:
    async with await desk(browser, bot.address) as context:
        tabs = [await Chat.open(context, "Tổ viên") for _ in range(9)]
        await tabs[0].sees("Chào")
        for number, tab in enumerate(tabs):
            await tab.page.bring_to_front()
            await tab.say(f"thẻ {number}")
            await tab.sees(f"Em đã nhận: thẻ {number}")


async def test_a_citizen_can_end_the_talk_on_a_borrowed_phone(browser: Browser) -> None:
    bot = Bot("citizen")
    address = await bot.start()
    async with await phone(browser, address) as context:
        chat = await Chat.open(context)
        await chat.sees("Chào")
        await chat.say("chuyện riêng")
        await chat.sees("chuyện riêng")
        chat.page.on("dialog", lambda dialog: asyncio.ensure_future(dialog.accept()))
        await chat.page.get_by_role("button", name="Tuỳ chọn").click()
        async with chat.page.expect_navigation():
            await chat.page.get_by_role("button", name="Xoá hội thoại trên máy này").click()
        await chat.sees("Chào")
        assert await chat.talk() == ["Chào anh/chị!"]
        assert len({said.address for said in bot.heard}) == 2
    await bot.stop()


# --------------------------------------------------------------------------- a network that comes and goes


async def test_what_is_said_offline_waits_and_goes_out_in_order_once(browser: Browser, bot: Bot) -> None:
    async with await phone(browser, bot.address) as context:
        chat = await Chat.open(context, "Tổ viên")
        await chat.sees("Chào")
        await context.set_offline(True)
        await expect(chat.page.get_by_text("Đang mất mạng")).to_be_visible()
        for text in ("một", "hai", "ba"):
            await chat.say(text)
        await expect(chat.log.get_by_text("Đang gửi")).to_have_count(3)
        assert bot.texts() == []
        await context.set_offline(False)
        await chat.sees("Em đã nhận: ba")
        await expect(chat.page.get_by_text("Đang mất mạng")).to_be_hidden()
        assert bot.texts() == ["một", "hai", "ba"]


async def test_what_is_typed_again_offline_because_nothing_happened_goes_out_once(
    browser: Browser, bot: Bot
) -> None:
    """The second would answer the next question, which nobody has seen."""
    async with await phone(browser, bot.address) as context:
        chat = await Chat.open(context, "Tổ viên")
        await chat.sees("Chào")
        await context.set_offline(True)
        await expect(chat.page.get_by_text("Đang mất mạng")).to_be_visible()
        await chat.say("4")
        await chat.say("4")
        await expect(chat.page.get_by_text("đang chờ mạng để gửi rồi")).to_be_visible()
        await expect(chat.log.get_by_text("Đang gửi")).to_have_count(1)
        await context.set_offline(False)
        await chat.sees("Em đã nhận: 4")
        await chat.say("4")
        await expect(chat.log.locator(".mine")).to_have_count(2)
        await expect(chat.log.locator(".mine").last).to_contain_text("Đã nhận")
        assert bot.texts() == ["4", "4"]


async def test_an_answer_lost_on_the_way_back_does_not_say_it_twice(browser: Browser, bot: Bot) -> None:
    dropped: list[str] = []

    async def drop_first(route: Route) -> None:
        if dropped:
            await route.continue_()
            return
        dropped.append((await route.fetch()).status)
        await route.abort()

    async with await phone(browser, bot.address) as context:
        chat = await Chat.open(context, "Tổ viên")
        await chat.sees("Chào")
        await chat.page.route("**/chat/say*", drop_first)
        await chat.say("một lần thôi")
        await expect(chat.log.locator(".mine").last).to_contain_text("Đã nhận")
        assert dropped == [200]
        assert bot.texts() == ["một lần thôi"]
        assert await chat.log.locator(".mine").count() == 1


async def test_what_waits_outlives_a_reload(browser: Browser, bot: Bot) -> None:
    async with await phone(browser, bot.address) as context:
        chat = await Chat.open(context, "Tổ viên")
        await chat.sees("Chào")
        bot.busy = True
        await chat.say("đừng mất")
        await expect(chat.log.get_by_text("Đang gửi")).to_have_count(1)
        await chat.page.reload()
        await expect(chat.log.get_by_text("đừng mất")).to_be_visible()
        bot.busy = False
        await chat.sees("Em đã nhận: đừng mất")
        assert bot.texts() == ["đừng mất"]


async def test_the_page_comes_back_by_itself_when_the_server_does(browser: Browser, bot: Bot) -> None:
    async with await phone(browser, bot.address) as context:
        chat = await Chat.open(context, "Tổ viên")
        await chat.sees("Chào")
        await bot.stop()
        await expect(chat.page.get_by_text("Đang kết nối lại")).to_be_visible()
        await chat.say("có ai không")
        bot.said["demo:member"].append(type(bot.said["demo:member"][0])(99, "Lúc anh/chị vắng mặt"))
        bot.count = 99
        await bot.start()
        await chat.sees("Em đã nhận: có ai không")
        await expect(chat.page.get_by_text("Đang kết nối lại")).to_be_hidden()
        assert "Lúc anh/chị vắng mặt" in await chat.talk()
        assert bot.texts() == ["có ai không"]


async def test_who_is_too_fast_reads_a_courteous_line_and_loses_nothing(browser: Browser) -> None:
    bot = Bot(pace=Pace(burst=3, per_second=2))
    address = await bot.start()
    async with await phone(browser, address) as context:
        chat = await Chat.open(context, "Tổ viên")
        await chat.sees("Chào")
        for text in "abcde":
            await chat.say(text)
        await expect(chat.page.get_by_text("em xin nhận chậm lại một chút")).to_be_visible()
        await chat.sees("Em đã nhận: e")
        assert bot.texts() == list("abcde")
    await bot.stop()


# --------------------------------------------------------------------------- everybody


async def test_the_talk_can_be_led_by_keyboard_alone(browser: Browser, bot: Bot) -> None:
    async with await desk(browser, bot.address) as context:
        chat = await Chat.open(context)
        keyboard = chat.page.keyboard
        await expect(chat.page.get_by_role("button", name="Tổ viên")).to_be_visible()
        await tab_to(chat.page, "Tổ viên")
        await keyboard.press("Enter")
        await chat.sees("Chào")
        await expect(chat.box).to_be_focused()
        await keyboard.type("khao sat")
        await keyboard.press("Enter")
        await chat.sees("mấy người")
        await tab_to(chat.page, "Hai người", back=True)
        assert await outline(chat.page) >= 2
        await keyboard.press("Enter")
        await chat.sees("Em đã nhận: Hai người")
        await expect(chat.box).to_be_focused()
        await tab_to(chat.page, "Tuỳ chọn", back=True)
        await keyboard.press("Enter")
        await expect(chat.page.get_by_role("button", name="Chữ lớn hơn")).to_be_visible()
        await keyboard.press("Escape")
        await expect(chat.page.get_by_role("button", name="Tuỳ chọn")).to_be_focused()


async def tab_to(page: Page, name: str, *, back: bool = False) -> None:
    for _ in range(20):
        await page.keyboard.press("Shift+Tab" if back else "Tab")
        if await page.evaluate(
            "name => [document.activeElement.ariaLabel, document.activeElement.textContent]"
            ".some(said => said?.startsWith(name))",
            name,
        ):
            return
    pytest.fail(f"{name} is not reached by the Tab key")


async def outline(page: Page) -> float:
    return await page.evaluate("parseFloat(getComputedStyle(document.activeElement).outlineWidth)")


async def test_enter_while_a_vietnamese_word_is_being_composed_does_not_send(
    browser: Browser, bot: Bot
) -> None:
    async with await desk(browser, bot.address) as context:
        chat = await Chat.open(context, "Tổ viên")
        await chat.sees("Chào")
        await chat.box.fill("xin cha")
        await chat.box.dispatch_event("keydown", {"key": "Enter", "isComposing": True})
        await expect(chat.box).to_have_value("xin cha")
        await chat.box.press("Shift+Enter")
        await chat.box.press("Enter")
        await chat.sees("Em đã nhận: xin cha")


async def test_a_screen_reader_is_told_what_everything_is(browser: Browser, bot: Bot) -> None:
    async with await desk(browser, bot.address) as context:
        chat = await Chat.open(context, "Tổ viên")
        await chat.sees("Chào")
        await chat.choose("Khảo sát")
        await chat.sees("mấy người")
        page = chat.page
        assert await page.locator("html").get_attribute("lang") == "vi"
        await expect(page.get_by_role("log", name="Hội thoại")).to_have_attribute("aria-live", "polite")
        await expect(page.get_by_role("log")).to_have_attribute("aria-busy", "false")
        await expect(page.get_by_role("list").get_by_role("listitem").first).to_contain_text(
            "Trợ lý: Chào anh/chị!"
        )
        await expect(page.get_by_role("listitem").filter(has_text="Khảo sát").nth(1)).to_contain_text(
            "Tôi: Khảo sát"
        )
        await expect(page.get_by_role("group", name="Lựa chọn")).to_have_count(2)
        await expect(page.get_by_role("heading", level=1)).to_have_text("Tổ công nghệ số")
        await expect(page.get_by_role("main")).to_have_count(1)
        nameless = await page.locator("button, textarea, a, input:not([hidden]), [role=group]").evaluate_all(
            "all => all.filter(e => e.checkVisibility())"
            ".filter(e => !(e.ariaLabel || e.textContent.trim() || e.labels?.length)).length"
        )
        assert nameless == 0
        assert await page.locator("img:not([alt])").count() == 0
        identifiers = await page.locator("[id]").evaluate_all("all => all.map(e => e.id)")
        assert len(identifiers) == len(set(identifiers))


@pytest.mark.parametrize("larger", [False, True])
async def test_it_fits_a_small_phone_with_targets_for_a_thumb(
    browser: Browser, bot: Bot, larger: bool
) -> None:
    async with await phone(browser, bot.address) as context:
        chat = await Chat.open(context, "Tổ viên")
        await chat.sees("Chào")
        await chat.page.get_by_role("button", name="Tuỳ chọn").click()
        if larger:
            await chat.page.get_by_role("button", name="Chữ lớn hơn").click()
        await chat.page.get_by_role("button", name="Đính kèm").click()
        await chat.choose("Khảo sát")
        await chat.sees("mấy người")
        await bot.tell("demo:member", "m" * 300 + " https://" + "a" * 200 + ".vn", ["n" * 150])
        await expect(chat.choices).to_have_count(1)
        assert await chat.page.evaluate("document.documentElement.scrollWidth") == 360
        assert await chat.log.evaluate("log => log.scrollWidth <= log.clientWidth")
        size = await chat.newest.locator("p").first.evaluate("p => parseFloat(getComputedStyle(p).fontSize)")
        assert size >= (22 if larger else 18)
        small = await chat.page.locator("button:visible, textarea:visible").evaluate_all(
            "all => all.map(e => [e.getBoundingClientRect(), e.outerHTML])"
            ".filter(([box]) => Math.min(box.width, box.height) < 47.5)"
        )
        assert small == []
        await chat.page.reload()
        kept = await chat.page.locator("html").evaluate("html => html.classList.contains('larger')")
        assert kept is larger


async def test_at_twice_the_size_a_third_of_the_screen_is_for_reading_and_a_line_for_typing(
    browser: Browser, bot: Bot
) -> None:
    async with await phone(browser, bot.address, viewport={"width": 180, "height": 370}) as context:
        chat = await Chat.open(context, "Tổ viên")
        await chat.sees("Chào")
        assert await chat.page.evaluate("document.documentElement.scrollWidth") == 180
        size = "e => [e.getBoundingClientRect().width, e.getBoundingClientRect().height]"
        read, typed = await chat.log.evaluate(size), await chat.box.evaluate(size)
        assert read[1] >= 370 / 3
        assert typed[0] >= 150
        assert typed[1] < 60


async def test_the_page_speaks_english_to_who_wants_it(browser: Browser, bot: Bot) -> None:
    async with await desk(browser, bot.address) as context:
        chat = await Chat.open(context, "Tổ viên")
        await chat.sees("Chào")
        await chat.page.get_by_role("button", name="Tuỳ chọn").click()
        await chat.page.get_by_role("button", name="English").click()
        await expect(chat.page.get_by_role("textbox", name="Message")).to_be_visible()
        assert await chat.page.locator("html").get_attribute("lang") == "en"
        await chat.page.reload()
        await chat.page.get_by_role("textbox", name="Message").fill("hello")
        await chat.page.keyboard.press("Enter")
        await chat.sees("hello")
        assert bot.heard[-1].locale == "en"
        assert not re.search("[ạảãâăđêôơư]", await chat.page.locator("#compose, #menu").first.inner_text())
