use std::error::Error;

use sms_to_creatio::{Config, relay, serve};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt().init();
    let config = Config::from_vars(|name| std::env::var(name).ok())?;
    let listener = TcpListener::bind(config.listen).await?;
    println!("enter at Twilio: {}", config.twilio.webhook_url());
    println!("call from Creatio: {}/desks/creatio", config.public_url);
    let stop = async {
        tokio::signal::ctrl_c().await.ok();
    };
    serve(relay(&config)?, listener, stop).await
}
