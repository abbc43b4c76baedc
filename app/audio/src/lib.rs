//! Sound: mix plans and source blocks in; programme mix, monitor mix and meters out.
