//! How jida behaves, seen from outside: its commands, its addresses, its files.
//! A file per behaviour; each test runs the real binary on a corpus of its own.

mod office;
mod reply;
mod world;

mod backing_up;
mod clarifying;
mod command_line;
mod complaints;
mod conversing;
mod crash;
mod curating;
mod damaged;
mod desks;
mod dify;
mod disk_full;
mod editing;
mod endpoints;
mod exporting;
mod figures;
mod following;
mod gate;
mod importing;
mod integrations;
mod journal_export;
mod keys;
mod kills;
mod limits;
mod loading;
mod mcp;
mod not_ready;
mod openapi;
mod operators;
mod planning;
mod platforms;
mod privacy;
mod quality;
mod real_data;
mod refusing;
mod regions;
mod reindexing;
mod remembering;
mod secrecy;
mod suggesting;
mod tidy;
mod tolerance;
mod trying;
mod upgrading;
mod uploading;
mod validity;

