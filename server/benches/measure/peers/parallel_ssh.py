"""Runs command lines on hosts with parallel-ssh, as its documentation does it for many hosts.

Arguments: a file with `address port` on each line, the user, the private key, how many at once, then the command lines.
"""
import sys

from pssh.clients import ParallelSSHClient
from pssh.config import HostConfig

hosts_file, user, key, at_once, *lines = sys.argv[1:]
with open(hosts_file, encoding="utf-8") as hosts:
    places = [line.split() for line in hosts]
configs = [HostConfig(port=int(port), user=user, private_key=key) for _, port in places]
client = ParallelSSHClient([address for address, _ in places], host_config=configs, pool_size=int(at_once))
for line in lines:
    outputs = client.run_command(line)
    client.join(outputs)
    failed = [output.host for output in outputs if output.exit_code != 0]
    if failed:
        sys.exit(f"{line} failed on {failed}")
