use super::{Allowed, Denied, host_of, vet};
use reqwest::dns::Resolve;

fn addresses(texts: &[&str]) -> Vec<std::net::SocketAddr> {
    texts.iter().map(|text| (text.parse::<std::net::IpAddr>().unwrap(), 0).into()).collect()
}

fn allowed(hosts: &[&str]) -> Allowed {
    Allowed(std::sync::Arc::new(hosts.iter().map(|host| host_of(host).unwrap()).collect()))
}

#[test]
fn one_inner_address_refuses_all() {
    assert!(vet(&addresses(&["93.184.216.34", "2606:2800:220:1::1"])).is_ok());
    assert!(vet(&addresses(&["93.184.216.34", "10.0.0.1"])).is_err());
    assert!(vet(&addresses(&["fd00:ec2::254", "93.184.216.34"])).is_err());
}

#[tokio::test]
async fn the_look_up_itself_refuses() {
    let error = allowed(&[]).resolve("localhost".parse().unwrap()).await.err().unwrap();
    assert!(error.is::<Denied>());
    let found = allowed(&["localhost"]).resolve("localhost".parse().unwrap()).await.unwrap();
    assert!(found.count() > 0);
}
