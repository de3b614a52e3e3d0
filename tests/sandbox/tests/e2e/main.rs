//! The shop as people meet it, through its real handlers, on real wire formats.

mod buyer;
mod doors;
mod measures;
mod purchase;
mod storms;
mod trial;
