use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    tracing_subscriber::fmt().init();
    let relay = front_sms::relay(|name| std::env::var(name).ok())?;
    let listen = std::env::var("LISTEN").unwrap_or_else(|_| "127.0.0.1:8080".to_owned());
    let stop = async { drop(tokio::signal::ctrl_c().await) };
    front_sms::serve(relay, TcpListener::bind(listen).await?, stop).await;
    Ok(())
}
