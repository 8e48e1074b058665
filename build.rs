//! Embeds every `rules/*.toml`: writes `rules.rs` with their ids, paths and texts for `src/rule/catalog.rs`.

use std::{env, error::Error, fmt::Write as _, fs, path::Path};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=rules");
    let root = env::var("CARGO_MANIFEST_DIR")?;
    let mut paths = Vec::new();
    let folder = Path::new(&root).join("rules");
    if folder.is_dir() {
        for entry in fs::read_dir(folder)? {
            paths.push(entry?.path());
        }
    }
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    paths.sort();
    let mut code = "static EMBEDDED: &[(&str, &str, &str)] = &[\n".to_owned();
    for path in paths {
        let id = path.file_stem().unwrap_or_default().to_string_lossy();
        writeln!(code, "    ({id:?}, \"rules/{id}.toml\", include_str!({path:?})),")?;
    }
    code.push_str("];\n");
    fs::write(Path::new(&env::var("OUT_DIR")?).join("rules.rs"), code)?;
    Ok(())
}
