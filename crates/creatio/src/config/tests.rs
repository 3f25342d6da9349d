use secrecy::SecretString;

use super::{Config, DeskConfig, ReplyRule};
use crate::testing::{desk_config, order_number};

fn config(url: &str) -> Result<Config, super::ConfigError> {
    Config::new(url, "id", SecretString::from("secret-canary"))
}

#[test]
fn whatever_address_is_given_the_root_is_found() {
    for (given, root) in [
        ("https://acme.creatio.com", "https://acme.creatio.com/"),
        ("https://acme.creatio.com/", "https://acme.creatio.com/"),
        ("https://acme.creatio.com/0", "https://acme.creatio.com/"),
        ("https://acme.creatio.com/0/Shell/#Section", "https://acme.creatio.com/"),
        ("https://acme.creatio.com/Login/NuiLogin.aspx?x=1", "https://acme.creatio.com/"),
        (" http://localhost:88/studio_enu/ ", "http://localhost:88/studio_enu"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/"),
        ("http://[::1]:8080", "http://[::1]:8080/"),
    ] {
        assert_eq!(config(given).unwrap().base_url().as_str(), root, "{given}");
    }
}

#[test]
fn the_identity_service_is_derived_or_given() {
    let token = |config: Config| config.token_url().unwrap();
    let cloud = config("https://acme.creatio.com/0").unwrap();
    assert_eq!(token(cloud.clone()), "https://acme-is.creatio.com/connect/token");
    for given in ["https://is.example/", "https://is.example/connect/token"] {
        let config = cloud.clone().with_identity_url(given).unwrap();
        assert_eq!(token(config), "https://is.example/connect/token");
    }
    let local = config("http://127.0.0.1:8080").unwrap();
    assert_eq!(local.token_url().unwrap_err().key(), "identity_url");
}

#[test]
fn a_wrong_value_names_its_key() {
    for url in ["", "acme.creatio.com", "http://acme.creatio.com", "ftp://x", "https://u:p@x.com"] {
        assert_eq!(config(url).unwrap_err().key(), "base_url", "{url}");
    }
    let good = || config("https://acme.creatio.com").unwrap();
    assert_eq!(good().with_identity_url("acme").unwrap_err().key(), "identity_url");
    for path in ["", "../x", "a b", "x?y"] {
        assert_eq!(good().with_odata_path(path).unwrap_err().key(), "odata_path");
    }
    assert_eq!(good().with_daily_calls(99).unwrap_err().key(), "daily_calls");
    for places in [0, 65] {
        assert_eq!(good().with_concurrency(places).unwrap_err().key(), "concurrency");
    }
    let blink = std::time::Duration::from_millis(999);
    assert_eq!(good().with_timeout(blink).unwrap_err().key(), "timeout");
    let nobody = Config::user("https://acme.creatio.com", "", SecretString::from("x"));
    assert_eq!(nobody.unwrap_err().key(), "username");
    let no_id = Config::new("https://acme.creatio.com", " ", SecretString::from("x"));
    assert_eq!(no_id.unwrap_err().key(), "client_id");
    let desk = desk_config;
    assert_eq!(desk().with_default_owner_id("x").unwrap_err().key(), "default_owner_id");
    assert_eq!(desk().with_default_group_id("").unwrap_err().key(), "default_group_id");
    let nil = "00000000-0000-0000-0000-000000000000";
    assert_eq!(desk().with_resolved_status_id(nil).unwrap_err().key(), "resolved_status_id");
    let spaced = vec![SecretString::from("a secret")];
    assert_eq!(desk().with_webhook_secrets(spaced).unwrap_err().key(), "webhook_secret");
    assert_eq!(ReplyRule::new(vec![]).unwrap_err().key(), "reply.types");
}

#[test]
fn only_columns_that_are_the_assistants_to_fill_are_taken() {
    let with = |column: &str, kind: &str| {
        let field = handover_core::assistant::FieldSpec {
            column: column.into(),
            kind: kind.into(),
            ..order_number()
        };
        desk_config().with_fields(vec![field])
    };
    assert!(with("UsrX", "text").is_ok());
    assert_eq!(with("UsrX", "color").unwrap_err().key(), "field.type");
    for column in ["StatusId", "OwnerId", "Symptoms", "Case/Id", ""] {
        assert_eq!(with(column, "text").unwrap_err().key(), "field.column");
    }
}

#[test]
fn a_configuration_shows_no_secret() {
    let client = config("https://acme.creatio.com").unwrap();
    let user = Config::user("https://acme.creatio.com", "canary", SecretString::from("canary"));
    let shown = format!("{client:?} {user:?} {:?}", desk_config());
    assert!(!shown.contains("canary"), "{shown}");
}

#[test]
fn guids_are_taken_as_people_copy_them() {
    let desk: DeskConfig =
        desk_config().with_default_owner_id("{410006E1-CA4E-4502-A9EC-E54D922D2C00}").unwrap();
    assert!(desk.owner.is_some());
}
