"""What the three nodes are told; all of it is environment variables of `mgc run`."""

import secrets

import ports

LIMIT = 6000  # KB/s
USER, SCHEMA = "demo", "demo"
NUMBERS = (1, 2, 3)


class Settings:
    """Secrets are made up for each demo."""

    def __init__(self):
        self.password = secrets.token_hex(12)
        self._cluster = {
            "cluster_name": "demo", "my_port": ports.PORT, "cluster_secret": secrets.token_hex(24), "transfer_limit": LIMIT,
            **{f"node{number}": self.address(number) for number in NUMBERS},
            "mysql_user": USER, "mysql_user_password": self.password, "mysql_database": SCHEMA,
            # Small, so that three of them are quick on one machine.
            "gcache_size": "64M", "my_innodb_buffer_pool_size": "256M", "my_innodb_log_file_size": "48M",
            "my_max_connections": 50, "my_innodb_buffer_pool_dump_at_shutdown": 0, "my_key_buffer_size": "1M",
        }

    @staticmethod
    def address(number):
        return ports.ADDRESSES[number - 1]

    def of(self, number):
        """Node 3 asks node 1 for its copy, and if that cannot, anybody."""
        own = {"local_addr": self.address(number)} | ({"wsrep_sst_donor": "node1,"} if number == 3 else {})
        return {name: str(value) for name, value in (self._cluster | own).items()}
