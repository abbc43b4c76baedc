//! Everything stored on disk or in a keyring, and file dialogs.

pub mod disk;
pub mod disk_error;
pub mod file_dialog;
pub mod file_manager;
pub mod keyring;
pub mod known_files;
pub mod path_completion;
pub mod portal;
pub mod recovery;
pub mod secrets;
pub mod settings;
pub mod show_files;
pub mod show_pictures;
