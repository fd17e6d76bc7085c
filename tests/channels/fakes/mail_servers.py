"""A real Dovecot and a real Postfix, with ports and mailboxes of their own in a folder; gone when the test ends.

Nothing here is a fake: it stands here because tests look here for the other side. Postfix must be started by root.
"""

import os
import shutil
import smtplib
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.config.processes import wait_until

DOVECOT, POSTFIX = "/usr/sbin/dovecot", "/usr/sbin/postfix"
SERVICE, CUSTOMER, PASSWORD = "service@carrier.test", "wang@customer.test", "p4ss"
# Mail to this domain is taken, and comes back as undeliverable.
NOWHERE = "nowhere.test"
OWNER = 8  # the user `mail` of every Debian

IMAP_SETTINGS = """
protocols = imap
base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/dovecot.log
listen = 127.0.0.1
ssl = yes
ssl_cert = <{folder}/cert.pem
ssl_key = <{folder}/cert.pem
disable_plaintext_auth = no
mail_location = maildir:{folder}/mail/%u
first_valid_uid = 1
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={owner} gid={owner} home={folder}/home/%u
}}
namespace inbox {{
  inbox = yes
  separator = /
}}
service imap-login {{
  inet_listener imap {{
    port = {imap_port}
  }}
  inet_listener imaps {{
    port = {imaps_port}
    ssl = yes
  }}
}}
service auth {{
  unix_listener {folder}/spool/private/auth {{
    mode = 0666
  }}
}}
service stats {{
  unix_listener stats-writer {{
    mode = 0666
  }}
}}
"""
SMTP_SETTINGS = """
compatibility_level = 3.6
queue_directory = {folder}/spool
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file = {folder}/postfix.log
maillog_file_prefixes = {folder}
myhostname = mail.carrier.test
mydestination =
mynetworks =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
alias_maps =
alias_database =
recipient_delimiter = +
message_size_limit = 60000000
virtual_mailbox_limit = 0
virtual_mailbox_domains = carrier.test, customer.test
virtual_mailbox_base = {folder}/mail
virtual_mailbox_maps = inline:{{
    {{service@carrier.test = service@carrier.test/}} {{wang@customer.test = wang@customer.test/}} }}
virtual_minimum_uid = 1
virtual_uid_maps = static:{owner}
virtual_gid_maps = static:{owner}
relay_domains = nowhere.test
transport_maps = inline:{{ {{nowhere.test = nobody:}} }}
smtpd_tls_security_level = may
smtpd_tls_chain_files = {folder}/cert.pem
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = private/auth
smtpd_relay_restrictions = permit_sasl_authenticated, reject_unauth_destination
smtpd_recipient_restrictions =
smtpd_peername_lookup = no
"""
SMTP_SERVICES = """
127.0.0.1:{smtp_port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
nobody unix - n n - - pipe user=nobody argv=/bin/sh -c {{exit 67}}
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
tlsmgr unix - - n 1000? 1 tlsmgr
postlog unix-dgram n - n - 1 postlogd
"""


@dataclass(frozen=True, slots=True)
class Servers:
    """Where both listen, and where mailboxes lie."""

    folder: Path
    imap_port: int
    imaps_port: int
    smtp_port: int

    def settings(self, var: Path) -> dict[str, str]:
        """An account's settings for the service's mailbox."""
        return {
            "address": SERVICE, "imap_host": "127.0.0.1", "imap_port": str(self.imap_port), "imap_security": "none",
            "smtp_host": "127.0.0.1", "smtp_port": str(self.smtp_port), "smtp_security": "none",
            "plus_addresses": "yes", "shown_name": "客服中心", "folder": str(var),
        }  # fmt: skip

    def post(self, raw: bytes, *, to: str = SERVICE, sender: str = CUSTOMER) -> None:
        """As another house's server hands it over."""
        with smtplib.SMTP("127.0.0.1", self.smtp_port, timeout=60) as server:
            server.sendmail(sender, [to], raw)

    def lies_in(self, mailbox: str) -> list[bytes]:
        """What has been delivered."""
        folder = self.folder / "mail" / mailbox
        return [path.read_bytes() for part in ("new", "cur") for path in sorted((folder / part).glob("*"))]

    def await_mail(self, mailbox: str, number: int) -> list[bytes]:
        """Wait until so many mails lie there."""
        wait_until(lambda: len(self.lies_in(mailbox)) >= number, said=self.logs)
        return self.lies_in(mailbox)

    def logs(self) -> str:
        return "\n".join(path.read_text()[-3000:] for path in self.folder.glob("*.log"))


def missing() -> str:
    """Why it cannot be done here; empty where it can."""
    if not (Path(DOVECOT).exists() and Path(POSTFIX).exists()):
        return "needs dovecot-imapd and postfix (apt-get install)"
    return "" if os.geteuid() == 0 else "Postfix is started by root only"


@contextmanager
def running() -> Iterator[Servers]:
    """Both, until the block ends."""
    folder = Path(tempfile.mkdtemp(prefix="huhang-mail-"))
    folder.chmod(0o755)
    servers = Servers(folder, _free_port(), _free_port(), _free_port())
    _write(servers)
    postfix = [POSTFIX, "-c", str(folder / "postfix")]
    dovecot = subprocess.Popen([DOVECOT, "-F", "-c", str(folder / "dovecot.conf")], stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: _listens(servers.imap_port), seconds=60, said=servers.logs)
        done = subprocess.run([*postfix, "start"], capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{done.stderr}\n{servers.logs()}"
        wait_until(lambda: _listens(servers.smtp_port), seconds=60, said=servers.logs)
        yield servers
    finally:
        subprocess.run([*postfix, "stop"], capture_output=True, check=False)
        dovecot.terminate()
        dovecot.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _write(servers: Servers) -> None:
    folder = servers.folder
    for name in ("postfix", "spool/private", "mail", "home", "run"):
        (folder / name).mkdir(parents=True)
    (folder / "data").mkdir()
    shutil.chown(folder / "data", "postfix")
    shutil.chown(folder / "spool/private", "postfix")
    for name in ("mail", "home"):
        os.chown(folder / name, OWNER, OWNER)
    words = {
        "folder": folder, "owner": OWNER, "password": PASSWORD, "smtp_port": servers.smtp_port,
        "imap_port": servers.imap_port, "imaps_port": servers.imaps_port,
    }  # fmt: skip
    (folder / "cert.pem").write_bytes(_certificate())
    (folder / "dovecot.conf").write_text(IMAP_SETTINGS.format(**words))
    (folder / "postfix/main.cf").write_text(SMTP_SETTINGS.format(**words))
    (folder / "postfix/master.cf").write_text(SMTP_SERVICES.format(**words))


def _certificate() -> bytes:
    """Of a house that signs for itself: its own key, and who says that it is 127.0.0.1."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "mail.carrier.test")])
    place = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    today = datetime.now(UTC)
    told = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number()).add_extension(
        place, False
    )
    told = told.not_valid_before(today - timedelta(days=1)).not_valid_after(today + timedelta(days=2))
    signed = told.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + signed


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def _listens(port: int) -> bool:
    with socket.socket() as line:
        return line.connect_ex(("127.0.0.1", port)) == 0
