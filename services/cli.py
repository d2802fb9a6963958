"""The command line: ``xinfang``."""


import typer

app = typer.Typer(
    name="xinfang",
    help="信访举报中间件 / petition-and-report middleware",
    no_args_is_help=True,
    add_completion=False,
    # A pretty traceback prints local variables: a citizen's words among them.
    pretty_exceptions_enable=False,
)


@app.command()
def serve(service: str) -> None:
    """运行一个服务 / run one service, configured by XINFANG_* in the environment."""
    import uvloop

    from services.catalogue import MAKE
    from services.runtime.districts import load_districts
    from services.runtime.process import Process
    from services.runtime.settings import Settings

    if service not in MAKE:
        fail(f"没有这个服务 / no such service: {service}; {', '.join(MAKE)}")
    settings = Settings()  # type: ignore[call-arg]
    districts = load_districts(settings.districts)
    process = Process(MAKE[service](districts, settings.keys), settings, districts)
    uvloop.run(process.run())


@app.command()
def migrate() -> None:
    """升级数据库 / bring the database at XINFANG_OWNER_URL to the newest revision."""
    import os

    from services.runtime.migrate import upgrade

    url = os.environ.get("XINFANG_OWNER_URL")
    if not url:
        fail("请设置 XINFANG_OWNER_URL / set XINFANG_OWNER_URL to the database owner's postgresql:// address")
    else:
        upgrade(url)


def fail(text: str, code: int = 2) -> None:
    """End with a message that says what to do."""
    typer.echo(text, err=True)
    raise typer.Exit(code)


if __name__ == "__main__":
    app()
