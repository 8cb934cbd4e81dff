//! The Drasi engine as a process: its platform source reads the Redis stream that Dapr writes, its platform bootstrapper
//! asks the Source's proxy, and continuous queries run on both. Nothing of the engine is changed; this only starts it.
//!
//! stdout has one JSON object a line: `{"ready":true}`, then `{"result":…}` for every change of a query's result, and
//! `{"answer":id,…}` for each request. stdin takes requests, one JSON object a line, each with an `id`:
//! `{"id":1,"results":"query"}`, `{"id":2,"status":true}`, `{"id":3,"add":"query","cypher":"…"}`. When stdin ends, so does
//! the process. The engine's log is on stdout too, in lines that do not begin with `{`.

mod arguments;

use std::sync::Arc;

use anyhow::{anyhow, Context, Result};
use arguments::{Arguments, CypherQuery};
use drasi_bootstrap_platform::PlatformBootstrapProvider;
use drasi_lib::{DrasiLib, Query};
use drasi_reaction_application::{ApplicationReaction, ApplicationReactionHandle};
use drasi_source_platform::PlatformSource;
use serde_json::{json, Value};
use tokio::io::{AsyncBufReadExt, BufReader};

fn query_of(source: &str, query: &CypherQuery) -> drasi_lib::config::QueryConfig {
    Query::cypher(&query.id)
        .query(&query.text)
        .from_source(source)
        .auto_start(true)
        .enable_bootstrap(true)
        .build()
}

fn reaction_of(query: &str) -> (ApplicationReaction, ApplicationReactionHandle) {
    ApplicationReaction::builder(format!("tell-{query}"))
        .with_query(query)
        .build()
}

/// Writes every result of a reaction. Row signatures are left out: they are hashes that no JavaScript number holds.
async fn tell(handle: ApplicationReactionHandle) {
    let Some(mut results) = handle.as_stream().await else {
        return;
    };
    while let Some(result) = results.next().await {
        let rows: Vec<Value> = result
            .results
            .iter()
            .filter_map(|row| serde_json::to_value(row).ok())
            .map(|mut row| {
                if let Some(members) = row.as_object_mut() {
                    members.remove("row_signature");
                }
                row
            })
            .collect();
        println!(
            "{}",
            json!({"result": {"query": result.query_id, "sequence": result.sequence, "rows": rows}})
        );
    }
}

async fn answer(drasi: &DrasiLib, source: &str, request: &Value) -> Result<Value> {
    if let Some(query) = request["results"].as_str() {
        return Ok(json!({"rows": drasi.get_query_results(query).await?}));
    }
    if request["status"].as_bool() == Some(true) {
        let mut queries = serde_json::Map::new();
        for (id, status) in drasi.list_queries().await? {
            queries.insert(id, json!(format!("{status:?}")));
        }
        let source = drasi.get_source_status(source).await?;
        return Ok(json!({"queries": queries, "source": format!("{source:?}")}));
    }
    if let (Some(id), Some(text)) = (request["add"].as_str(), request["cypher"].as_str()) {
        let query = CypherQuery {
            id: id.to_string(),
            text: text.to_string(),
        };
        drasi.add_query(query_of(source, &query)).await?;
        let (reaction, handle) = reaction_of(id);
        drasi.add_reaction(reaction).await?;
        tokio::spawn(tell(handle));
        return Ok(json!({}));
    }
    Err(anyhow!("a request is results, status, or add with cypher"))
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments = Arguments::parse(std::env::args().skip(1))?;
    let source = PlatformSource::builder(&arguments.source)
        .with_redis_url(&arguments.redis)
        .with_stream_key(format!("{}-change", arguments.source))
        .with_consumer_group(&arguments.group)
        .with_block_ms(1_000)
        .with_bootstrap_provider(
            PlatformBootstrapProvider::builder()
                .with_query_api_url(&arguments.bootstrap)
                .build()?,
        )
        .build()?;
    let mut builder = DrasiLib::builder()
        .with_id("drasi-host")
        .with_source(source);
    let mut handles = Vec::new();
    for query in &arguments.queries {
        let (reaction, handle) = reaction_of(&query.id);
        builder = builder
            .with_query(query_of(&arguments.source, query))
            .with_reaction(reaction);
        handles.push(handle);
    }
    let drasi = Arc::new(builder.build().await?);
    for handle in handles {
        tokio::spawn(tell(handle));
    }
    drasi.start().await?;
    println!("{}", json!({"ready": true}));

    let mut requests = BufReader::new(tokio::io::stdin()).lines();
    while let Some(line) = requests.next_line().await? {
        let request: Value =
            serde_json::from_str(&line).with_context(|| format!("not a request: {line}"))?;
        let mut reply = match answer(&drasi, &arguments.source, &request).await {
            Ok(reply) => reply,
            Err(error) => json!({"error": format!("{error:#}")}),
        };
        reply["answer"] = request["id"].clone();
        println!("{reply}");
    }
    // The queries' tasks are not waited for: whoever closed stdin is gone.
    std::process::exit(0);
}
