//! What is kept on disks and in keyrings, and the dialogs that choose where.

pub mod disk;
pub mod disk_error;
pub mod file_dialog;
pub mod keyring;
pub mod path_completion;
pub mod portal;
pub mod secrets;
pub mod settings;
pub mod show_files;
