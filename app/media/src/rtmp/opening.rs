//! Opens a connection that publishes, by as many as it takes: servers that send us elsewhere, or want to know who we
//! are, say so by refusing, and want another connection.

use rtmp::auth::{self, Demand};
use rtmp::{Publication, Refusal, Step};
use show::EncodeProfile;

use super::connecting::Resolving;
use super::connection::Connection;
use super::link::{Cause, Link, Lost};
use super::refused::{Meaning, Refused};
use super::target::Target;
use crate::health::ACK_WINDOW;

/// How many servers may send us on, one to the next.
const MAX_REDIRECTS: usize = 3;
/// How long our chunks are.
const CHUNK_SIZE: u32 = 4_096;

/// Where the next connection goes, and what is said there of who we are.
struct Way {
    target: Target,
    redirects: usize,
    /// What is behind the application's name.
    query: String,
    login: LoginStage,
}

/// How far a server has got in asking who we are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LoginStage {
    NotAsked,
    Named,
    Answered,
}

/// Connects and publishes.
pub fn open(
    target: &Target,
    profile: EncodeProfile,
    (link, resolving): (&Link<'_>, &mut Resolving),
) -> Result<Connection, Lost> {
    let mut way = Way {
        target: target.clone(),
        redirects: 0,
        query: String::new(),
        login: LoginStage::NotAsked,
    };
    loop {
        match Connection::open(&way.target, way.publication(), profile, (link, resolving)) {
            Err(Lost::Refused(refusal)) => {
                let seed = (link.now)() as u32;
                way.follow(&refusal, seed).map_err(|no| Lost::Because(Cause::Refused(no)))?;
            }
            opened => return opened,
        }
    }
}

impl Way {
    fn publication(&self) -> Publication {
        let Target { app, tc_url, key, .. } = &self.target;
        Publication {
            app: format!("{app}{}", self.query),
            tc_url: format!("{tc_url}{}", self.query),
            key: key.clone(),
            flash_version: "FMLE/3.0 (compatible; Downstage)".to_owned(),
            window: ACK_WINDOW as u32,
            chunk_size: CHUNK_SIZE,
        }
    }

    /// Does what a refusal asks for, if it asks for something: each server asks for two things at the most, and there
    /// are only so many servers.
    fn follow(&mut self, refusal: &Refusal, seed: u32) -> Result<(), Refused> {
        let refused = |meaning| Refused::meaning(refusal, meaning);
        if refusal.step != Step::Connect {
            return Err(Refused::new(refusal));
        }
        if let Some(url) = &refusal.redirect {
            let to = self.target.redirected(url).map_err(|_| refused(Meaning::Redirect))?;
            self.redirects += 1;
            if self.redirects > MAX_REDIRECTS {
                return Err(refused(Meaning::Redirect));
            }
            (self.target, self.query, self.login) = (to, String::new(), LoginStage::NotAsked);
            return Ok(());
        }
        let Some(demand) = auth::demand(&refusal.description) else {
            return Err(Refused::new(refusal));
        };
        let Some(login) = &self.target.login else { return Err(refused(Meaning::Login)) };
        (self.query, self.login) = match demand {
            Demand::User(scheme) if self.login == LoginStage::NotAsked => {
                (auth::user_query(scheme, login), LoginStage::Named)
            }
            Demand::Answer(challenge) if self.login != LoginStage::Answered => {
                let app = &self.target.app;
                (auth::answer_query(&challenge, app, login, seed), LoginStage::Answered)
            }
            _ => return Err(refused(Meaning::WrongLogin)),
        };
        Ok(())
    }
}
