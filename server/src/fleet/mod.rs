pub mod affliction; pub mod dice; pub mod roster; pub mod trouble;
