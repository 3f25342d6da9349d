//! Forms login, its cookies, and every way in which credentials end.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use handover_sim::Simulator;
use handover_sim::creatio::{Builder, Creatio, Expiry, Host, Quirk};
use http::{Request, Response};
use serde_json::{Value, json};

use crate::tenant::{Tenant, builder, start};

const SITE: &str = "https://acme.creatio.com";

/// A browser as bare as can be.
struct Browser {
    sim: Creatio,
    base: &'static str,
    odata: &'static str,
    now: DateTime<Utc>,
    jar: BTreeMap<String, String>,
}

impl Browser {
    fn new(builder: Builder) -> Self {
        let sim = builder.build();
        Self { sim, base: "", odata: "/0/odata", now: start(), jar: BTreeMap::new() }
    }

    fn later(&mut self, seconds: i64) {
        self.now += TimeDelta::seconds(seconds);
    }

    fn log_in(&mut self, name: &str, password: &str) -> (Response<Bytes>, Value) {
        let body = json!({"UserName": name, "UserPassword": password}).to_string();
        let url = format!("{SITE}{}/ServiceModel/AuthService.svc/Login", self.base);
        let request = Request::post(url).header("content-type", "application/json");
        let response = self.send(request.body(Bytes::from(body)).unwrap());
        let answer = serde_json::from_slice(response.body()).unwrap();
        (response, answer)
    }

    fn admitted(name: &str, password: &str, builder: Builder) -> Self {
        let mut browser = Self::new(builder.user(name, password));
        let (_, answer) = browser.log_in(name, password);
        assert_eq!(answer["Code"], 0, "{answer}");
        browser
    }

    /// A list with all cookies, the CSRF header and `ForceUseSession`.
    fn list(&mut self) -> Response<Bytes> {
        self.list_without(&[])
    }

    fn list_without(&mut self, left_out: &[&str]) -> Response<Bytes> {
        let url = format!("{SITE}{}{}/Case?$select=Id", self.base, self.odata);
        let mut request = Request::get(url);
        if !left_out.contains(&"ForceUseSession") {
            request = request.header("forceusesession", "true");
        }
        if let Some(csrf) = self.jar.get("BPMCSRF")
            && !left_out.contains(&"header")
        {
            request = request.header("bpmcsrf", csrf);
        }
        let cookies = self.jar.iter().filter(|(name, _)| !left_out.contains(&name.as_str()));
        let cookies: Vec<String> = cookies.map(|(name, value)| format!("{name}={value}")).collect();
        let request = request.header("cookie", cookies.join("; "));
        self.send(request.body(Bytes::new()).unwrap())
    }

    fn log_out(&mut self, path: &str) {
        let cookie = format!(".ASPXAUTH={}", self.jar[".ASPXAUTH"]);
        let request = Request::post(format!("{SITE}{path}")).header("cookie", cookie);
        assert_eq!(self.send(request.body(Bytes::new()).unwrap()).status(), 200);
    }

    fn send(&mut self, request: Request<Bytes>) -> Response<Bytes> {
        let response = self.sim.handle(request, self.now).response().unwrap();
        for cookie in response.headers().get_all("set-cookie") {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.jar.insert(name.to_owned(), value.to_owned());
        }
        response
    }
}

#[test]
fn a_login_sets_five_cookies_and_opens_the_data() {
    for (host, odata, shell) in
        [(Host::Framework, "/0/odata", json!("/0/Shell")), (Host::Core, "/odata", Value::Null)]
    {
        let mut browser = Browser::new(builder().host(host).user("Ann", "p\"a\\ss😀"));
        browser.odata = odata;
        let (response, answer) = browser.log_in("ann", "p\"a\\ss😀");
        assert_eq!(answer["Code"], 0);
        assert_eq!((&answer["PasswordChangeUrl"], &answer["RedirectUrl"]), (&Value::Null, &shell));
        let cookies: Vec<&str> =
            response.headers().get_all("set-cookie").iter().map(|c| c.to_str().unwrap()).collect();
        assert!(cookies[1].starts_with(".ASPXAUTH=") && cookies[1].contains("; path=/; HttpOnly"));
        assert!(cookies[4].starts_with("BPMCSRF=") && cookies[4].ends_with("; path=/"));
        assert_eq!(browser.jar["UserName"], "97|110|110");
        assert_eq!(browser.jar["UserType"], "General");
        assert_eq!(browser.list().status(), 200);
        assert!(browser.jar.contains_key("BPMSESSIONID"), "named on the first use");
        assert_eq!((browser.sim.logins(), browser.sim.open_sessions()), (1, 1));
    }
}

#[test]
fn the_login_is_at_the_root_of_the_site_only() {
    let sim = builder().user("ann", "secret").base_path("/studio").build();
    let post = |path: &str| {
        let body = Bytes::from(json!({"UserName": "ann", "UserPassword": "secret"}).to_string());
        let request = Request::post(format!("{SITE}{path}")).body(body).unwrap();
        sim.handle(request, start()).response().unwrap()
    };
    assert_eq!(post("/studio/0/ServiceModel/AuthService.svc/Login").status(), 401);
    assert_eq!(post("/ServiceModel/AuthService.svc/Login").status(), 404);
    assert_eq!(post("/studio/ServiceModel/AuthService.svc/Anmelden").status(), 403);
    let answer = post("/studio/ServiceModel/AuthService.svc/Login");
    let cookies = answer.headers().get_all("set-cookie").iter();
    let paths: Vec<bool> =
        cookies.map(|cookie| cookie.to_str().unwrap().contains("path=/studio")).collect();
    assert_eq!(paths, [true, true, true, true, false], "BPMCSRF is for the whole host");
}

#[test]
fn every_later_request_needs_the_cookies_and_the_header() {
    let mut browser = Browser::admitted("ann", "secret", builder());
    for (left_out, status) in [
        (".ASPXAUTH", 401),
        ("BPMLOADER", 401),
        ("UserType", 401),
        ("header", 403),
        ("BPMCSRF", 403),
        ("UserName", 200),
        ("BPMSESSIONID", 200),
        ("ForceUseSession", 200),
    ] {
        assert_eq!(browser.list_without(&[left_out]).status(), status, "without {left_out}");
    }
    browser.sim.change_csrf();
    assert_eq!(browser.list().status(), 403);
    browser.log_in("ann", "secret");
    assert_eq!(browser.list().status(), 200);
}

#[test]
fn without_csrf_there_is_neither_cookie_nor_check() {
    let mut browser = Browser::admitted("ann", "secret", builder().without_csrf());
    assert!(!browser.jar.contains_key("BPMCSRF"));
    assert_eq!(browser.list().status(), 200);
}

#[test]
fn wrong_passwords_are_refused_with_200_and_lock_the_account() {
    let lock = Duration::from_secs(900);
    let mut browser = Browser::new(builder().user("ann", "secret").lockout(3, lock));
    for _ in 0..3 {
        let (response, answer) = browser.log_in("ann", "wrong");
        assert_eq!((response.status().as_u16(), &answer["Code"]), (200, &json!(1)));
        assert!(answer["Exception"]["Message"].as_str().unwrap().contains("Invalid username"));
        assert!(response.headers().get("set-cookie").is_none());
    }
    let (_, answer) = browser.log_in("ann", "secret");
    assert!(answer["Message"].as_str().unwrap().contains("locked"), "{answer}");
    browser.later(901);
    assert_eq!(browser.log_in("ann", "secret").1["Code"], 0);
    assert_eq!(browser.sim.rejected_logins(), 4);
}

#[test]
fn an_expired_password_names_the_page_to_change_it() {
    let mut browser = Browser::new(builder().user("ann", "secret").quirk(Quirk::PasswordExpired));
    let (_, answer) = browser.log_in("ann", "secret");
    assert_eq!((&answer["Code"], answer["PasswordChangeUrl"].is_string()), (&json!(1), true));
}

#[test]
fn a_session_ends_by_logout_by_time_and_by_decree() {
    for path in ["/ServiceModel/AuthService.svc/Logout", "/0/rest/MainMenuService/Logout"] {
        let mut browser = Browser::admitted("ann", "secret", builder());
        browser.log_out(path);
        assert_eq!((browser.list().status().as_u16(), browser.sim.open_sessions()), (401, 0));
    }
    let idle = Duration::from_secs(60);
    let mut browser = Browser::admitted("ann", "secret", builder().session_timeout(idle));
    for _ in 0..3 {
        browser.later(59);
        assert_eq!(browser.list().status(), 200, "each request keeps it alive");
    }
    browser.later(60);
    assert_eq!(browser.list().status(), 401);
    browser.log_in("ann", "secret");
    browser.sim.expire_tokens();
    assert_eq!(browser.list().status(), 401);
}

#[test]
fn an_ended_session_is_told_in_six_ways() {
    let mut browser = Browser::admitted("ann", "secret", builder());
    let tenant = Tenant { sim: browser.sim.clone(), token: "old".to_owned(), now: browser.now };
    browser.sim.expire_tokens();
    let failed = "{\"ExceptionType\":\"System.InvalidOperationException\",\
                  \"Message\":\"Authentication failed.\",\"StackTrace\":null}";
    for (expiry, status, text) in [
        (Expiry::Forbidden, 403, "403 Forbidden"),
        (Expiry::Html, 200, "bootstrap.login"),
        (Expiry::Json, 401, failed),
        (Expiry::JsonWith200, 200, failed),
        (Expiry::Redirect, 302, ""),
        (Expiry::Unauthorized, 401, ""),
    ] {
        browser.sim.set_expiry(Some(expiry));
        let response = browser.list();
        assert_eq!(response.status(), status, "{expiry:?}");
        let body = std::str::from_utf8(response.body()).unwrap();
        assert!(body.contains(text), "{expiry:?}: {body}");
        assert_eq!(tenant.get("Case").status, status, "a token as well: {expiry:?}");
        if expiry == Expiry::Redirect {
            assert_eq!(response.headers()["location"], "/Login/NuiLogin.aspx");
        }
    }
    browser.sim.set_expiry(None);
    assert_eq!(browser.list().status(), 401);
    assert_eq!(browser.list_without(&["ForceUseSession"]).status(), 302);
}

#[test]
fn cookies_may_come_twice_or_without_a_path_and_the_code_may_be_missing() {
    let twice = builder().user("ann", "secret").quirk(Quirk::LoginCookiesTwice);
    let mut browser = Browser::new(twice);
    let (response, _) = browser.log_in("ann", "secret");
    let cookies: Vec<_> = response.headers().get_all("set-cookie").iter().collect();
    assert_eq!(cookies.len(), 10);
    assert!(cookies[0].to_str().unwrap().starts_with("BPMLOADER=; expires=Tue, 12-Oct-1999"));
    assert_eq!(browser.list().status(), 200);

    let bare = builder().user("ann", "secret").quirk(Quirk::LoginCookiesWithoutPath);
    let (response, _) = Browser::new(bare).log_in("ann", "secret");
    let mut cookies = response.headers().get_all("set-cookie").iter();
    assert!(cookies.all(|cookie| !cookie.to_str().unwrap().contains("path")));

    let nameless = builder().user("ann", "secret").quirk(Quirk::LoginWithoutCode);
    let (_, answer) = Browser::new(nameless).log_in("ann", "secret");
    assert_eq!(answer.get("Code"), None);
}
