pub mod affliction; pub mod dice; pub mod roster; pub mod trouble; mod host; mod journal; mod ledger; mod machine; mod scene; mod shell; mod speed; mod state;
