"""A server that accepts any SMS after 20 ms, in a process of its own. It prints its URL.

It does as little as possible and answers in Twilio's format, so that two cores are enough for it
and the programs that are measured.
"""

import asyncio
import itertools

from aiohttp import web

LATENCY = 0.02


def main() -> None:
    """Serve until killed."""
    asyncio.run(_serve())


async def _serve() -> None:
    app = web.Application()
    app.router.add_post("/2010-04-01/Accounts/{account}/Messages.json", _take)
    app["numbers"] = itertools.count(1)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(f"http://127.0.0.1:{runner.addresses[0][1]}", flush=True)
    await asyncio.Event().wait()


async def _take(request: web.Request) -> web.Response:
    sms = await request.post()
    await asyncio.sleep(LATENCY)
    return web.json_response(
        {
            "sid": f"SM{next(request.app['numbers']):032x}",
            "account_sid": request.match_info["account"],
            "to": sms["To"],
            "from": sms["From"],
            "body": sms["Body"],
            "status": "queued",
            "date_created": "Mon, 23 Nov 2026 15:00:00 +0000",
        },
        status=201,
    )


if __name__ == "__main__":
    main()
