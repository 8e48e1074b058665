//! Embeds every `rules/*.toml`: writes `rules.rs` with their ids, paths and texts for `src/rule/catalog.rs`.

use std::{env, error::Error, fmt::Write as _, fs, path::Path};

#[expect(clippy::disallowed_methods, reason = "Cargo tells build scripts where to write this way")]
fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=rules");
    let mut files = Vec::new();
    if Path::new("rules").is_dir() {
        for entry in fs::read_dir("rules")? {
            files.push(entry?.file_name().to_string_lossy().into_owned());
        }
    }
    files.sort();
    let mut code = "static EMBEDDED: &[(&str, &str, &str)] = &[\n".to_owned();
    for id in files.iter().filter_map(|file| file.strip_suffix(".toml")) {
        let path = format!("rules/{id}.toml");
        let absolute = format!("concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/{path}\")");
        writeln!(code, "    (\"{id}\", \"{path}\", include_str!({absolute})),")?;
    }
    code.push_str("];\n");
    fs::write(Path::new(&env::var("OUT_DIR")?).join("rules.rs"), code)?;
    Ok(())
}
