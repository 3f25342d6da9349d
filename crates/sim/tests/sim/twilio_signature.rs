use handover_sim::twilio::signature;

/// Token `12345`. From the tests of twilio-python 306691e7 and twilio-node 45d3d65a (MIT).
#[test]
fn the_sdks_agree() {
    let call = [
        ("CallSid", "CA1234567890ABCDE"),
        ("Caller", "+14158675309"),
        ("Digits", "1234"),
        ("From", "+14158675309"),
        ("To", "+18005551212"),
    ];
    let numbers = [
        ("MessagingBinding.Address", "+1325xxxxxxx"),
        ("MessagingBinding.Address", "+1415xxxxxxx"),
    ];
    let digits = [
        ("Sid", "CA123"),
        ("SidAccount", "AC123"),
        ("Digits", "5678"),
        ("Digits", "1234"),
        ("Digits", "1234"),
    ];
    let json = "bodySHA256=0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620";
    let empty = "bodySHA256=44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
    let base = "https://mycompany.com/myapp.php?foo=1&bar=2";
    for (url, params, expected) in [
        (base, &call[..], "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        ("http://mycompany.com:1234/myapp.php?foo=1&bar=2", &call, "Zmvh+3yNM1Phv2jhDCwEM3q5ebU="),
        ("https://mycompany.com:443/myapp.php?foo=1&bar=2", &call, "kvajT1Ptam85bY51eRf/AJRuM3w="),
        ("http://mycompany.com:80/myapp.php?foo=1&bar=2", &call, "0ZXoZLH/DfblKGATFgpif+LLRf4="),
        (
            "https://user:pass@mycompany.com/myapp.php?foo=1&bar=2",
            &call,
            "CukzLTc1tT5dXEDIHm/tKBanW10=",
        ),
        ("https://user@mycompany.com/myapp.php?foo=1&bar=2", &call, "2YRLlVAflCqxaNicjMpJcSTgzSs="),
        (
            "https://user:pass@mycompany.com:443/myapp.php?foo=1&bar=2",
            &call,
            "ZQFR1PTIZXF2MXB8ZnKCvnnA+rI=",
        ),
        (&format!("{base}&Body=It%27s+amazing"), &call, "TfZzewPq8wqrGlMfyAud8+/IvJ0="),
        (&format!("{base}&Body=It's+amazing"), &call, "TfZzewPq8wqrGlMfyAud8+/IvJ0="),
        (&format!("{base}#rc=2"), &call, "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        (base, &numbers, "83O6e2vORAoJHUNzJjDWN1jz+BA="),
        (base, &digits, "IK+Dwps556ElfBT0I3Rgjkr1wJU="),
        (&format!("{base}&{json}"), &[], "a9nBmqA0ju/hNViExpshrM61xv4="),
        (&format!("https://mycompany.com/myapp.php?{json}"), &[], "y77kIzt2vzLz71DgmJGsen2scGs="),
        (
            &format!("https://mycompany.com:443/myapp.php?foo=1&bar=2&{empty}"),
            &[],
            "Ldidvp12m26NI7eqEvxnEpkd9Hc=",
        ),
    ] {
        let params: Vec<_> = params
            .iter()
            .map(|(name, value)| (String::from(*name), String::from(*value)))
            .collect();
        assert_eq!(signature("12345", url, &params), expected, "{url}");
    }
}
