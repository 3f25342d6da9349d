use bytes::Bytes;
use serde_json::json;

use super::{Attachment, form};

#[test]
fn values_and_files_are_parts_of_their_own() {
    let fields = json!({"body": "hi\r\n\"there\"", "to": ["a", "b"], "options": {"archive": false}, "no": null});
    let file = |name: &str, media_type: &str, bytes: &'static [u8]| Attachment {
        name: name.to_owned(),
        media_type: media_type.to_owned(),
        bytes: Bytes::from_static(bytes),
    };
    let files = [
        file("a\"b\r\nX-Evil: 1.png", "image/png", b"\x89PNG\r\n"),
        file("b.bin", "text/html\r\nX-Evil: 1", b"handover-part-0000000000000000"),
    ];
    let (kind, body) = form(&fields, &files);
    assert_eq!(kind, "multipart/form-data; boundary=handover-part-0000000000000001");
    let text = String::from_utf8_lossy(&body);
    for part in [
        "name=\"body\"\r\n\r\nhi\r\n\"there\"\r\n",
        "name=\"to[0]\"\r\n\r\na\r\n",
        "name=\"to[1]\"\r\n\r\nb\r\n",
        "name=\"options[archive]\"\r\n\r\nfalse\r\n",
        "name=\"attachments[0]\"; filename=\"a%22bX-Evil: 1.png\"\r\nContent-Type: image/png\r\n\r\n",
        "name=\"attachments[1]\"; filename=\"b.bin\"\r\nContent-Type: application/octet-stream\r\n\r\n",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    assert!(text.ends_with("--handover-part-0000000000000001--\r\n"));
    assert!(!text.contains("name=\"no\""));
    assert!(body.windows(8).any(|bytes| bytes == b"\x89PNG\r\n\r\n"));
}
