"""What the databases of the tests hold: every kind of table and name that a state transfer might lose."""

BIG_TABLE_BYTES = 24 << 20

_SQL = f"""
CREATE DATABASE shop; USE shop;
CREATE TABLE item (id INT PRIMARY KEY, name TEXT, FULLTEXT (name)) ENGINE=InnoDB;
INSERT INTO item SELECT seq, CONCAT('word', seq, ' thing') FROM seq_1_to_2000;
CREATE TABLE big (id INT PRIMARY KEY, filler VARBINARY(8192)) ENGINE=InnoDB;
INSERT INTO big SELECT seq, RANDOM_BYTES(1024) FROM seq_1_to_{BIG_TABLE_BYTES // 1024};
CREATE TABLE compressible (id INT PRIMARY KEY, filler TEXT) ENGINE=InnoDB;
INSERT INTO compressible SELECT seq, REPEAT(CONCAT('row ', seq, ' '), 100) FROM seq_1_to_8000;
CREATE TABLE squeezed (id INT PRIMARY KEY, filler TEXT) ENGINE=InnoDB ROW_FORMAT=COMPRESSED;
INSERT INTO squeezed SELECT seq, REPEAT(SHA2(seq, 256), 4) FROM seq_1_to_2000;
CREATE TABLE by_year (id INT, year INT, PRIMARY KEY (id, year)) ENGINE=InnoDB PARTITION BY RANGE (year)
  (PARTITION old VALUES LESS THAN (2000), PARTITION `new one` VALUES LESS THAN MAXVALUE);
INSERT INTO by_year SELECT seq, 1980 + seq % 40 FROM seq_1_to_1000;
CREATE TABLE parent (id INT PRIMARY KEY) ENGINE=InnoDB;
CREATE TABLE child (id INT PRIMARY KEY, parent INT, FOREIGN KEY (parent) REFERENCES parent (id)) ENGINE=InnoDB;
INSERT INTO parent SELECT seq FROM seq_1_to_100; INSERT INTO child SELECT seq, seq % 100 + 1 FROM seq_1_to_1000;
CREATE VIEW cheap AS SELECT id FROM item WHERE id < 100;
CREATE PROCEDURE count_items() SELECT COUNT(*) FROM item;
CREATE SEQUENCE numbers;
CREATE DATABASE engines; USE engines;
CREATE TABLE aria_table (id INT PRIMARY KEY, name TEXT) ENGINE=Aria TRANSACTIONAL=1;
INSERT INTO aria_table SELECT seq, SHA2(seq, 256) FROM seq_1_to_1000;
CREATE TABLE myisam_table (id INT PRIMARY KEY, name TEXT) ENGINE=MyISAM;
INSERT INTO myisam_table SELECT seq, SHA2(seq, 256) FROM seq_1_to_1000;
CREATE TABLE csv_table (id INT NOT NULL, name TEXT NOT NULL) ENGINE=CSV;
INSERT INTO csv_table SELECT seq, SHA2(seq, 256) FROM seq_1_to_10;
CREATE DATABASE `odd näme. of a "schema" 日本`; USE `odd näme. of a "schema" 日本`;
CREATE TABLE `täble. one, 'two' $three %4` (id INT PRIMARY KEY, `cölumn` TEXT) ENGINE=InnoDB;
INSERT INTO `täble. one, 'two' $three %4` SELECT seq, SHA2(seq, 256) FROM seq_1_to_1000;
CREATE TABLE `-rf *` (id INT PRIMARY KEY) ENGINE=MyISAM; INSERT INTO `-rf *` SELECT seq FROM seq_1_to_100;
CREATE DATABASE `empty schema`;
"""

# What legitimately differs between two nodes with the same data.
NOT_COMPARED = ("mysql.innodb_table_stats", "mysql.innodb_index_stats", "mysql.general_log", "mysql.slow_log",
                "mysql.wsrep_streaming_log")


def statements():
    return _SQL
