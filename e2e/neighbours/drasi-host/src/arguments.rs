//! What the host is told on its command line.

use anyhow::{bail, Context, Result};

/// A continuous query in Cypher.
#[derive(Debug, Clone, PartialEq)]
pub struct CypherQuery {
    pub id: String,
    pub text: String,
}

#[derive(Debug, Default, PartialEq)]
pub struct Arguments {
    /// The source's id: its changes are in the stream `<source>-change`.
    pub source: String,
    /// Where Redis is, as `redis://host:port`.
    pub redis: String,
    /// The consumer group of the stream. Whoever makes it before the first change loses none.
    pub group: String,
    /// Where `/subscription` is asked for a bootstrap.
    pub bootstrap: String,
    pub queries: Vec<CypherQuery>,
}

pub const USAGE: &str =
    "drasi-host --source ID --redis URL --bootstrap URL [--group NAME] --query ID=CYPHER ...";

impl Arguments {
    pub fn parse(words: impl IntoIterator<Item = String>) -> Result<Self> {
        let mut parsed = Arguments {
            group: "drasi-core".to_string(),
            ..Arguments::default()
        };
        let mut words = words.into_iter();
        while let Some(name) = words.next() {
            let value = words
                .next()
                .with_context(|| format!("{name} needs a value: {USAGE}"))?;
            match name.as_str() {
                "--source" => parsed.source = value,
                "--redis" => parsed.redis = value,
                "--group" => parsed.group = value,
                "--bootstrap" => parsed.bootstrap = value,
                "--query" => {
                    let (id, text) = value
                        .split_once('=')
                        .with_context(|| format!("--query is ID=CYPHER, not {value:?}"))?;
                    parsed.queries.push(CypherQuery {
                        id: id.to_string(),
                        text: text.to_string(),
                    });
                }
                _ => bail!("{name} is not known: {USAGE}"),
            }
        }
        for (name, value) in [
            ("--source", &parsed.source),
            ("--redis", &parsed.redis),
            ("--bootstrap", &parsed.bootstrap),
        ] {
            if value.is_empty() {
                bail!("{name} is missing: {USAGE}");
            }
        }
        Ok(parsed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &[&str]) -> Vec<String> {
        text.iter().map(|word| (*word).to_string()).collect()
    }

    #[test]
    fn a_query_keeps_the_equals_signs_of_its_text() {
        let parsed = Arguments::parse(words(&[
            "--source",
            "s",
            "--redis",
            "r",
            "--bootstrap",
            "b",
            "--query",
            "q=MATCH (n) WHERE n.a = 1 RETURN n.a AS a",
        ]))
        .unwrap();
        assert_eq!(parsed.queries[0].id, "q");
        assert_eq!(
            parsed.queries[0].text,
            "MATCH (n) WHERE n.a = 1 RETURN n.a AS a"
        );
        assert_eq!(parsed.group, "drasi-core");
    }

    #[test]
    fn what_is_missing_or_unknown_is_named() {
        let missing = Arguments::parse(words(&["--source", "s", "--redis", "r"])).unwrap_err();
        assert!(missing.to_string().contains("--bootstrap"));
        let unknown = Arguments::parse(words(&["--sauce", "s"])).unwrap_err();
        assert!(unknown.to_string().contains("--sauce"));
    }
}
