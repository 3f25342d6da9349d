//! TLS, passwords, and what is never shown.

use handover_core::error::ErrorKind;
use handover_core::store::{Commit, Store};
use handover_sim::postgres::Cluster;

use crate::tests::support::{at, opening};
use crate::{Address, Connect, Postgres};

async fn connect(url: &str) -> Result<Postgres, handover_core::error::Error> {
    Postgres::connect(&Address::parse(url)?, &Connect::default()).await
}

#[tokio::test]
async fn tls_is_proven_and_nothing_secret_is_shown() {
    let cluster = Cluster::builder().tls().password("letmein").start().unwrap();
    let proven = cluster.url("postgres");
    let store = connect(&proven).await.unwrap();
    assert_eq!(store.commit(opening(1, at(0))).await.unwrap(), Commit::Done);
    let ssl = cluster.sql(
        "postgres",
        "SELECT bool_and(ssl) FROM pg_stat_ssl
        JOIN pg_stat_activity USING (pid) WHERE application_name = 'handover'",
    );
    assert_eq!(ssl.unwrap().trim(), "t");

    let (base, _) = proven.split_once('?').unwrap();
    let encrypted = connect(&format!("{base}?sslmode=require")).await.unwrap();
    assert_eq!(encrypted.commit(opening(1, at(0))).await.unwrap(), Commit::Seen);

    // The system trusts nobody who signed this.
    let stranger = connect(&format!("{base}?sslmode=verify-full")).await.unwrap_err();
    assert_eq!(stranger.kind(), ErrorKind::Unavailable, "{stranger}");
    let plain = connect(&format!("{base}?sslmode=disable")).await.unwrap_err();
    assert_eq!(plain.kind(), ErrorKind::Config, "{plain}");
    let wrong = connect(&proven.replace("letmein", "wrongword")).await.unwrap_err();
    assert_eq!(wrong.kind(), ErrorKind::Config, "{wrong}");
    let nowhere = connect(&proven.replace("/postgres?", "/nowhere?")).await.unwrap_err();
    assert_eq!(nowhere.kind(), ErrorKind::Config, "{nowhere}");
    let no_file = connect(&format!("{base}?sslmode=verify-full&sslrootcert=/nothing")).await;
    assert_eq!(no_file.unwrap_err().kind(), ErrorKind::Config);

    for shown in [
        format!("{store:?}"),
        format!("{:?}", Address::parse(&proven).unwrap()),
        format!(
            "{stranger:?} {stranger} {plain:?} {plain} {wrong:?} {wrong} {nowhere:?} {nowhere}"
        ),
    ] {
        for secret in ["letmein", "wrongword", "handover@"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}

#[test]
fn a_url_is_read_or_refused_without_a_quote() {
    let place = |url: &str| Address::parse(url).unwrap().place();
    assert_eq!(place("postgres://u:p@db.example/relay"), "db.example/relay");
    assert_eq!(place("postgresql://u@a:1,b:2/relay?target_session_attrs=read-write"), "a,b/relay");
    assert_eq!(place("postgres://u@%2Frun%2Fpostgresql/relay"), "/run/postgresql/relay");
    for url in [
        "postgres://",
        "postgres:///relay",
        "postgres://secret:secret@db.example",
        "postgres://secret:secret@db.example/relay?sslmode=prefer",
        "postgres://secret:secret@db.example/relay?sslmode=require&sslrootcert=ca.pem",
        "postgres://secret:secret@db.example/relay?secret=1",
        "postgres://secret:secret@db.example:port/relay",
        "mysql://secret@db.example/relay",
    ] {
        let error = Address::parse(url).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config, "{url}");
        assert!(!format!("{error} {error:?}").contains("secret"), "{error:?}");
    }
}

#[test]
fn tls_is_wanted_wherever_others_may_listen() {
    let tls = |url: &str| format!("{:?}", Address::parse(url).unwrap());
    for near in ["localhost", "127.0.0.1", "[::1]", "%2Frun%2Fpostgresql"] {
        assert!(tls(&format!("postgres://u@{near}/relay")).contains("Disabled"), "{near}");
    }
    for far in ["db.example", "10.0.0.7", "localhost.example", "127.0.0.1,db.example"] {
        assert!(tls(&format!("postgres://u@{far}/relay")).contains("Verified"), "{far}");
    }
}
