use std::{env, fs, process};

use super::long_files;

#[test]
fn finds_long_files_and_leaves_build_output_alone() {
    let folder = env::temp_dir().join(format!("xtask-lengths-{}", process::id()));
    fs::create_dir_all(folder.join("src/target")).unwrap();
    fs::write(folder.join("src/short.rs"), "//\n".repeat(400)).unwrap();
    fs::write(folder.join("src/long.rs"), "//\n".repeat(401)).unwrap();
    fs::write(folder.join("src/long.txt"), "//\n".repeat(401)).unwrap();
    fs::write(folder.join("src/target/long.rs"), "//\n".repeat(401)).unwrap();
    let found = long_files(&folder);
    fs::remove_dir_all(&folder).unwrap();
    assert_eq!(found.unwrap(), [("src/long.rs".to_owned(), 401)]);
}
