"""What Telegram shows around the conversation: the command menu and the bot's own description.

Neutral in every language: they can be seen over a shoulder.
"""

from __future__ import annotations

from telegram import Bot, BotCommand

from bot.i18n.localizer import Languages
from flows.engine import Phrases


async def set_commands(bot: Bot, phrases: Phrases, languages: Languages) -> None:
    """Sets the menu and descriptions in each language Telegram can show.

    Raises:
        telegram.error.TelegramError: when Telegram cannot be reached or refuses.
    """
    for code in languages.codes:
        localizer = languages[code]
        # Telegram takes only two-letter codes here (zh for zh_hans); None is what all others see.
        two = localizer.locale.language
        language = None if code == languages.codes[0] else two
        if language is not None and len(two) != 2:
            continue
        commands = [BotCommand(name, localizer.text(words)) for name, words in phrases.menu.items()]
        await bot.set_my_commands(commands, language_code=language)
        await bot.set_my_short_description(
            localizer.text(phrases.about["short"]), language_code=language
        )
        await bot.set_my_description(localizer.text(phrases.about["long"]), language_code=language)
