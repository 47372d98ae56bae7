"""What a bot sets once, when it starts: its commands, names, menu button and webhook.

It does not show any of it to anyone; `Participant.commands` does.
"""

from tests.support.telegram_fake.methods import Method
from tests.support.telegram_fake.state import World
from tests.support.telegram_fake.validation.rules import (
    Json,
    bad_request,
    check_commands,
    check_language,
    check_length,
    check_scope,
    check_webhook,
    strict,
)


def _scope(world: World, asked: Json) -> tuple[str, str]:
    """The key of a list of commands: its scope with its ids, and its language."""
    language = asked.get("language_code", "")
    check_language(language)
    scope = check_scope(asked.get("scope", {"type": "default"}))
    if "chat_id" in scope and int(scope["chat_id"]) not in world.chats:
        raise bad_request("chat not found")
    parts = [str(scope[name]) for name in ("type", "chat_id", "user_id") if name in scope]
    return ":".join(parts), language


def set_my_commands(world: World, asked: Json) -> bool:
    commands = check_commands(asked["commands"])
    world.profile.commands[_scope(world, asked)] = commands
    return True


def get_my_commands(world: World, asked: Json) -> list[Json]:
    return world.profile.commands.get(_scope(world, asked), [])


def delete_my_commands(world: World, asked: Json) -> bool:
    world.profile.commands.pop(_scope(world, asked), None)
    return True


def _set_text(kept: dict[str, str], asked: Json, name: str, most: int) -> bool:
    language, text = asked.get("language_code", ""), asked.get(name, "")
    check_language(language)
    check_length(text, most, f"bot {name} is too long")  # our words
    if text:
        kept[language] = text
    else:
        kept.pop(language, None)
    return True


def set_my_name(world: World, asked: Json) -> bool:
    return _set_text(world.profile.name, asked, "name", 64)


def set_my_description(world: World, asked: Json) -> bool:
    return _set_text(world.profile.description, asked, "description", 512)


def set_my_short_description(world: World, asked: Json) -> bool:
    return _set_text(world.profile.short_description, asked, "short_description", 120)


def set_chat_menu_button(world: World, asked: Json) -> bool:
    chat_id = asked.get("chat_id")
    if chat_id is not None and chat_id not in world.chats:
        raise bad_request("chat not found")
    button = asked.get("menu_button", {"type": "default"})
    if not isinstance(button, dict) or button.get("type") not in {"commands", "default"}:
        raise strict("a menu button of type commands or default is expected")
    world.profile.menu_buttons[chat_id] = button
    return True


def get_me(world: World, _asked: Json) -> Json:
    return {
        **world.bot,
        "can_join_groups": True,
        "can_read_all_group_messages": False,
        "supports_inline_queries": False,
    }


def set_webhook(world: World, asked: Json) -> bool:
    url, secret = asked.get("url", ""), asked.get("secret_token", "")
    connections = asked.get("max_connections", 40)
    if url:
        check_webhook(url, secret, connections)
    world.inbox.allow(asked.get("allowed_updates"))
    if asked.get("drop_pending_updates"):
        world.inbox.drop_all()
    if url:
        world.inbox.end_poll("Conflict: terminated by setWebhook request")
    world.webhook.set(url, secret, connections)
    return True


def delete_webhook(world: World, asked: Json) -> bool:
    if asked.get("drop_pending_updates"):
        world.inbox.drop_all()
    world.webhook.set("", "", 40)
    return True


def get_webhook_info(world: World, _asked: Json) -> Json:
    info: Json = {
        "url": world.webhook.url,
        "has_custom_certificate": False,
        "pending_update_count": len(world.inbox.waiting),
        "max_connections": world.webhook.max_connections,
    }
    if world.inbox.allowed:
        info["allowed_updates"] = sorted(world.inbox.allowed)
    last = next((d for d in reversed(world.webhook.deliveries) if d.error), None)
    if last:
        info["last_error_date"] = int(world.clock().timestamp())
        info["last_error_message"] = last.error
    return info


SETUP_METHODS: dict[str, Method] = {
    "getMe": get_me,
    "setWebhook": set_webhook,
    "deleteWebhook": delete_webhook,
    "getWebhookInfo": get_webhook_info,
    "setMyCommands": set_my_commands,
    "getMyCommands": get_my_commands,
    "deleteMyCommands": delete_my_commands,
    "setMyName": set_my_name,
    "setMyDescription": set_my_description,
    "setMyShortDescription": set_my_short_description,
    "setChatMenuButton": set_chat_menu_button,
}
