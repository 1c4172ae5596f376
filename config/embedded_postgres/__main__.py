import argparse
import sys

from config.embedded_postgres import SERVER, ServerError

parser = argparse.ArgumentParser(prog="python -m config.embedded_postgres", description="Gongdi's own PostgreSQL.")
parser.add_argument("act", choices=["start", "stop"])
try:
    if parser.parse_args().act == "start":
        SERVER.start()
        sys.stdout.write(f"psql -h {SERVER.socket_dir} -U {SERVER.user} {SERVER.name}\n")
    else:
        SERVER.stop()
except ServerError as error:
    sys.exit(str(error))
