use std::path::PathBuf;

use super::Cluster;
use super::user::ids;

#[test]
fn a_database_outlives_the_servers_end_and_nothing_outlives_the_cluster() {
    let cluster = Cluster::start().unwrap();
    cluster.database("relay").unwrap();
    cluster.sql("relay", "CREATE TABLE t (n int); INSERT INTO t VALUES (41)").unwrap();
    cluster.kill().unwrap();
    assert!(cluster.sql("relay", "SELECT 1").is_err());
    cluster.restart().unwrap();
    assert_eq!(cluster.sql("relay", "UPDATE t SET n = n + 1 RETURNING n").unwrap().trim(), "42");
    cluster.stop().unwrap();
    cluster.restart().unwrap();
    assert_eq!(
        cluster.sql("relay", "SELECT n, current_setting('fsync') FROM t").unwrap(),
        "42|off\n"
    );
    let (home, port) = (cluster.home.clone(), cluster.port);
    drop(cluster);
    assert!(!home.exists());
    assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_err());
}

#[test]
fn a_durable_server_waits_for_the_disk() {
    let cluster = Cluster::builder().durable().setting("max_connections", "17").start().unwrap();
    let asked = "SELECT current_setting('fsync'), current_setting('max_connections')";
    assert_eq!(cluster.sql("postgres", asked).unwrap(), "on|17\n");
}

#[test]
fn what_fails_says_why() {
    let cluster = Cluster::start().unwrap();
    let problem = cluster.sql("postgres", "SELECT nothing").unwrap_err().to_string();
    assert!(problem.contains("column \"nothing\" does not exist"), "{problem}");
    let problem = Cluster::builder().setting("no_such_setting", "1").start().unwrap_err();
    assert!(problem.to_string().contains("no_such_setting"), "{problem}");
}

#[test]
fn the_url_says_all_that_a_client_needs() {
    let cluster = Cluster::builder().tls().password("letmein").start().unwrap();
    let certificate = PathBuf::from(cluster.certificate().unwrap());
    let pem = std::fs::read_to_string(&certificate).unwrap();
    assert!(pem.starts_with("-----BEGIN CERTIFICATE-----"));
    let (port, root) = (cluster.port(), certificate.display());
    let url = cluster.url("postgres");
    let after = format!("127.0.0.1:{port}/postgres?sslmode=verify-full&sslrootcert={root}");
    assert_eq!(url, format!("postgres://handover:letmein@{after}"));
    let tcp = |user: &str, tls: &str| {
        let host = format!("host=127.0.0.1 port={port} user={user} dbname=postgres sslmode={tls}");
        let mut psql = cluster.programs.command("psql");
        psql.args(["--no-password", "--command", "SELECT 1", &host]).env("PGPASSWORD", "letmein");
        cluster.programs.run(&mut psql)
    };
    assert_eq!(tcp("handover", "require").unwrap().lines().count(), 5);
    assert!(tcp("handover", "disable").unwrap_err().to_string().contains("no encryption"));
}

#[test]
fn a_user_is_read_by_its_whole_name() {
    let known = "root:x:0:0::/root:/bin/sh\npostgresql:x:7:8::/:/bin/sh\npostgres:x:101:104:PostgreSQL administrator,,,:/var/lib/postgresql:/bin/bash\n";
    assert_eq!(ids(known, "postgres"), Some((101, 104)));
    assert_eq!(ids(known, "nobody"), None);
}
