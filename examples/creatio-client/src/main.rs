use std::error::Error;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let client = creatio_client::client(|name| std::env::var(name).ok())?;
    let number = std::env::args().nth(1).ok_or("the customer's number is wanted: +15551234567")?;
    creatio_client::log(&client, "example-17", &number).await.map(drop)
}
