use super::*;
use domain::{Pace, Person, registration};

const LIMIT: Limit = Limit { per_minute: 30, stop: SignedDuration::from_secs(300) };
const ANNA: UserId = UserId(42);

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_795_255_200 + second).unwrap()
}

fn loaded(count: u32, now: Timestamp) -> UserState {
    let person = Person { id: ANNA, first_name: "Anna".into(), username: None, language_tag: None };
    let touch = registration::FirstTouch::default();
    let (user, _) = registration::register(&person, touch, Language::En, now, 0);
    let minute = pace::minute_of(now);
    let pace = Pace { user: ANNA, minute, count, stopped_until: None, told_at: None, version: 1 };
    UserState { user: Some(user), pace: Some(pace).filter(|pace| pace.count > 0), ..UserState::default() }
}

/// Containers over one sum, as the table keeps it.
struct Fleet {
    meters: Vec<Meter>,
    sum: u32,
    writes: u32,
    passed: u32,
    stopped: bool,
}

impl Fleet {
    fn new(containers: usize) -> Self {
        let meters = (0..containers).map(|_| Meter::default()).collect();
        Self { meters, sum: 0, writes: 0, passed: 0, stopped: false }
    }

    /// One request at a container, as `Shop::pace` and the load after it deal with it.
    fn press(&mut self, container: usize, limit: Limit, now: Timestamp) {
        let meter = &self.meters[container];
        match meter.count(ANNA, limit, now) {
            Count::Decided(Verdict::Free) => {}
            Count::Report(new) => {
                self.sum += new;
                self.writes += 1;
                meter.reported(ANNA, pace::minute_of(now), (new, self.sum));
            }
            Count::Abuse { .. } => {
                self.stopped = true;
                return;
            }
            Count::Decided(_) => return,
        }
        self.passed += 1;
        meter.seen(&loaded(self.sum, now), now);
    }
}

#[test]
fn who_presses_as_people_do_is_never_written_down() {
    let mut fleet = Fleet::new(1);
    for minute in 0..10 {
        for press in 0..9 {
            fleet.press(0, LIMIT, at(minute * 60 + press * 6));
        }
    }
    assert_eq!((fleet.passed, fleet.writes), (90, 0));
}

#[test]
fn in_one_container_the_limit_is_exact() {
    let mut fleet = Fleet::new(1);
    for _ in 0..59 {
        fleet.press(0, LIMIT, at(0));
    }
    assert_eq!((fleet.passed, fleet.writes, fleet.stopped), (30, 3, false));
    fleet.press(0, LIMIT, at(0));
    assert!(fleet.stopped, "twice the limit");
    let mut next = Fleet::new(1);
    (0..40).for_each(|_| next.press(0, LIMIT, at(59)));
    next.press(0, LIMIT, at(60));
    assert_eq!(next.passed, 31, "a new minute begins");
}

#[test]
fn nobody_hides_behind_many_containers() {
    let mut random = fastrand::Rng::with_seed(7);
    for round in 0..200 {
        let containers = random.usize(1..=40);
        let limit = Limit { per_minute: random.u32(1..=120), ..LIMIT };
        let mut fleet = Fleet::new(containers);
        for press in 0..4_000 {
            // In turn, or wherever it falls.
            let container = if round % 2 == 0 { press % containers } else { random.usize(0..containers) };
            fleet.press(container, limit, at(i64::from(random.u8(0..60))));
        }
        let most = limit.per_minute + u32::try_from(containers).unwrap() * step(limit.per_minute);
        assert!(fleet.passed <= most, "{} of {most}: {containers} containers, {limit:?}", fleet.passed);
        assert!(fleet.passed >= limit.per_minute);
    }
}

#[test]
fn they_are_told_now_and_then() {
    let meter = Meter::default();
    let told = |second| match meter.count(ANNA, Limit { stop: SignedDuration::ZERO, ..LIMIT }, at(second)) {
        Count::Decided(Verdict::Slow { wait, tell, .. }) => Some((wait, tell)),
        _ => None,
    };
    (0..30).for_each(|_| assert_eq!(told(0), None));
    assert_eq!(told(1), Some((59, true)));
    assert_eq!(told(5), Some((55, false)));
    assert_eq!(told(10), Some((50, false)));
    assert_eq!(told(11), Some((49, true)));
    assert_eq!(told(60), None);
}

#[test]
fn whoever_another_container_stopped_is_stopped_here() {
    let meter = Meter::default();
    assert_eq!(meter.count(ANNA, LIMIT, at(0)), Count::Decided(Verdict::Free));
    let mut state = loaded(60, at(0));
    state.pace.as_mut().unwrap().stopped_until = Some(at(300));
    meter.seen(&state, at(0));
    let stopped = |second| {
        matches!(meter.count(ANNA, LIMIT, at(second)), Count::Decided(Verdict::Stopped { tell: false, .. }))
    };
    assert!(stopped(1) && stopped(299) && !stopped(300));
}

#[test]
fn the_memory_of_people_has_an_end() {
    let meter = Meter::default();
    for id in 1..=30_000 {
        meter.count(UserId(id), LIMIT, at(0));
    }
    assert!(meter.0.lock().unwrap().len() <= MOST);
}
