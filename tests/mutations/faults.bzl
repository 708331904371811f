"""Faults for the sources of the locks, and the test that finds each."""

# By header in //locks: name, text that is replaced, replacement, test.
FAULTS = {
    "//locks/core:line_speed.h": [
        (
            "clock_is_part_of_a_look",
            "end - begin - 2 * clock,",
            "end - begin,",
            "line_speed_test",
        ),
        (
            "looks_are_timed_at_words_that_stay",
            "if (changed) return NoteLook",
            "return NoteLook",
            "line_speed_test",
        ),
        (
            "slow_machine_has_slow_lines",
            "look < kSlow + clock",
            "look < kSlow + 20",
            "line_speed_test",
        ),
        (
            "hand_over_is_the_same_everywhere",
            "if (fast()) return kFastHandOver;",
            "",
            "line_speed_test",
        ),
        (
            "hand_over_is_the_same_in_a_slow_machine",
            "(clock <= kSlowClock ? clock : kUsualClock)",
            "kUsualClock",
            "line_speed_test",
        ),
        (
            "coarse_clock_tells",
            "if (clock == 0 || clock > kSlowClock) return;",
            "if (clock > kSlowClock) return;",
            "line_speed_test",
        ),
        (
            "slow_clock_tells",
            "if (clock == 0 || clock > kSlowClock) return;",
            "if (clock == 0) return;",
            "line_speed_test",
        ),
        (
            "one_look_decides",
            "std::min(was + 1, kMostBalance)",
            "kMostBalance",
            "line_speed_test",
        ),
        (
            "lines_stay_fast",
            "std::max(was - 1, -kMostBalance)",
            "was - 1",
            "line_speed_test",
        ),
        (
            "slow_clock_is_part_of_a_look",
            "if (duration >= least) return least;",
            "if (false) return least;",
            "line_speed_test",
        ),
    ],
    "//locks/core:pace.h": [
        (
            "turn_takes_any_number_of_releases",
            "kShortTurn : kReleasesPerTurn * time / releases;",
            "kShortTurn : kLongTurn;",
            "lock_protocol_test",
        ),
        (
            "long_turn_is_not_cut_short",
            "too_long ? kShortTurn : kReleasesPerTurn * time / releases;",
            "releases == 0 ? kLongTurn : kReleasesPerTurn * time / releases;",
            "lock_protocol_test",
        ),
        (
            "releases_are_not_counted",
            "NumberIn(was) + 1",
            "NumberIn(was)",
            "lock_protocol_test",
        ),
        (
            "count_starts_over",
            " && NumberIn(was) != kMostNumber",
            "",
            "lock_protocol_test",
        ),
        (
            "pauses_are_no_slack",
            "pulses < kMostNumber && SecondUserPays(looks, cycle);",
            "false;",
            "lock_protocol_test",
        ),
        (
            "pauses_pay_for_any_hand_over",
            "Platform::HandOver() + ",
            "",
            "lock_protocol_test",
        ),
        (
            "pauses_pay_beside_any_section",
            " + (cycle - pause) / kSectionShare",
            "",
            "lock_protocol_test",
        ),
        (
            "more_than_can_be_counted_shows_slack",
            "pulses < kMostNumber && ",
            "",
            "lock_protocol_test",
        ),
        (
            "count_cut_short_forgets_slack",
            "SetTurn(turn, SlackIn(bits()));",
            "SetTurn(turn, 0);",
            "lock_protocol_test",
        ),
        (
            "slack_lasts",
            "std::max(SlackIn(was) - 1, 0)",
            "SlackIn(was)",
            "lock_protocol_test",
        ),
    ],
    "//locks/core:raw_lock.h": [
        (
            "attention_is_called_late",
            "waiters_.fetch_or(kAttention, std::memory_order_seq_cst);",
            "waiters_.fetch_or(kAttention, std::memory_order_acq_rel);",
            "model/raw_cond_var_test",
        ),
        (
            "lock_acquires_nothing",
            "owner_.exchange(kHeld, kAcquire)",
            "owner_.exchange(kHeld, std::memory_order_relaxed)",
            "model/raw_lock_test",
        ),
        (
            "try_acquires_nothing",
            "from, kHeld, kAcquire,",
            "from, kHeld, std::memory_order_relaxed,",
            "model/raw_lock_test",
        ),
        (
            "release_releases_nothing",
            "    owner_.store(kFree, std::memory_order_release);",
            "    owner_.store(kFree, std::memory_order_relaxed);",
            "model/raw_lock_test",
        ),
        (
            "contended_release_releases_nothing",
            "owner_.store(reserved ? kReserved : kFree, kRelease);",
            "owner_.store(reserved ? kReserved : kFree, std::memory_order_relaxed);",
            "model/raw_lock_test",
        ),
        (
            "claim_is_ignored",
            "owner_.store(reserved ? kReserved : kFree, kRelease);",
            "owner_.store(kFree, kRelease);",
            "lock_protocol_test",
        ),
        (
            "appointment_wakes_nobody",
            """        watch = kAppointed;
        room = kSleepers;""",
            "        watch = kAppointed;",
            "lock_protocol_test",
        ),
        (
            "appointment_is_not_noted",
            """        watch = kAppointed;
        room = kSleepers;""",
            """        watch = kNobody;
        room = kSleepers;""",
            "lock_protocol_test",
        ),
        (
            "nap_is_ended_in_another_room",
            """        watch = kWatching;
        room = kWatchman;""",
            """        watch = kWatching;
        room = kSleepers;""",
            "lock_protocol_test",
        ),
        (
            "nap_is_ended_again_and_again",
            """        watch = kWatching;
        room = kWatchman;""",
            """        watch = kNapping;
        room = kWatchman;""",
            "lock_protocol_test",
        ),
        (
            "reservation_is_not_noted",
            """        watch = kClaiming;
        room = kWatchman;""",
            """        watch = kWatching;
        room = kWatchman;""",
            "lock_protocol_test",
        ),
        (
            "wakes_are_dropped",
            "void Wake(uint32_t room) { Platform::WakeOne(this, room); }",
            "void Wake(uint32_t) {}",
            "model/raw_lock_test",
        ),
        (
            "reserved_lock_is_taken",
            """      if (watch() == kNobody) return;
      Section::Enter();
      UnlockContended();""",
            "      return;",
            "lock_protocol_test",
        ),
        (
            "wait_enters_one_section_more",
            "const int32_t outer = Section::LeaveAll() - 1;",
            "const int32_t outer = Section::LeaveAll();",
            "lock_protocol_test",
        ),
        (
            "spinner_takes_reserved_lock",
            "(owner == kFree || (owner == kReserved && watch() == kNobody)) &&",
            "owner != kHeld &&",
            "lock_protocol_test",
        ),
        (
            "watch_is_not_noted",
            """With(kWatching, waiters),
                                             std::memory_order_relaxed) &&""",
            """With(kNobody, waiters),
                                             std::memory_order_relaxed) &&""",
            "model/raw_lock_test",
        ),
        (
            "sleepers_come_in_no_order",
            "if (with_us < kOneSleeper) {",
            "if (true) {",
            "fairness_test",
        ),
        (
            "sleeper_changes_the_watch",
            "static_cast<uint16_t>(waiters + kOneSleeper)",
            "static_cast<uint16_t>(waiters + 1)",
            "lock_protocol_test",
        ),
        (
            "sleep_beside_a_free_lock",
            "if (owner == kFree && !another_called) break;",
            "",
            "lock_protocol_test",
        ),
        (
            "turn_is_taken_from_the_next",
            "return !crowded() || pace_.slack();",
            "return true;",
            "lock_protocol_test",
        ),
        (
            "appointment_is_taken_early",
            "Platform::Now() + kAppointmentPatience",
            "int64_t{1}",
            "lock_protocol_test",
        ),
        (
            "releases_count_for_a_whole_turn",
            "          asleep = kWatching;",
            "",
            "lock_protocol_test",
        ),
        (
            "each_turn_counts",
            "Section::OneIn(kTurnsPerCount)",
            "true",
            "lock_protocol_test",
        ),
        (
            "only_the_first_turn_counts",
            "Section::OneIn(kTurnsPerCount)",
            "false",
            "lock_protocol_test",
        ),
        (
            "count_cut_short_forgets",
            "if (asleep == kCounting && !pace_.known() && turn != Pace::kUnknown) {",
            "if (false) {",
            "lock_protocol_test",
        ),
        (
            "charged_releases_go_unnoticed_in_known_turns",
            "Platform::Waiting::is_charged() ? kCounting : kWatching",
            "kWatching",
            "lock_protocol_test",
        ),
        (
            "turns_of_short_sections_are_short",
            "std::max(turn, kLeastTurn)",
            "turn",
            "lock_protocol_test",
        ),
        (
            "slack_is_not_noticed",
            "            pace_.NoteSlack();",
            "",
            "lock_protocol_test",
        ),
        (
            "slack_is_seen_where_none_is",
            "if (crowded && in_use && !brisk &&",
            "if (crowded && !brisk &&",
            "lock_protocol_test",
        ),
        (
            "waiter_that_is_alone_sees_slack",
            "if (crowded && in_use && !brisk &&",
            "if (in_use && !brisk &&",
            "lock_protocol_test",
        ),
        (
            "slack_is_seen_in_brisk_turns",
            "if (crowded && in_use && !brisk &&",
            "if (crowded && in_use &&",
            "lock_protocol_test",
        ),
        (
            "slack_is_renewed_by_its_use",
            "!brisk && !pace_.slack()",
            "!brisk",
            "lock_protocol_test",
        ),
        (
            "watchman_does_not_use_slack",
            "pace_.slack() ? kSlackLooks : kPoliteLooks;",
            "kPoliteLooks;",
            "lock_protocol_test",
        ),
        (
            "looks_are_quick_where_lines_are_slow",
            "!Platform::LinesAreFast() || ",
            "",
            "lock_protocol_test",
        ),
        (
            "looks_are_never_quick",
            "SpinQuickly() || ",
            "",
            "lock_protocol_test",
        ),
        (
            "quick_looks_are_not_timed",
            """!MayLook() ||
        Section::OneIn(kSpinsPerTiming)) {""",
            "!MayLook()) {",
            "lock_protocol_test",
        ),
        (
            "lines_are_not_timed",
            "if (Section::OneIn(kSpinsPerTiming)) Platform::TimeLines(owner_);",
            "",
            "lock_protocol_test",
        ),
        (
            "slack_is_not_used",
            "!crowded() || pace_.slack()",
            "!crowded()",
            "lock_protocol_test",
        ),
        (
            "looks_take_their_time",
            "if (Platform::Now() >= end) break;",
            "",
            "lock_protocol_test",
        ),
        (
            "nap_is_part_of_the_turn",
            "        begin = Platform::Now();",
            "",
            "lock_protocol_test",
        ),
        (
            "charged_releases_are_not_noticed",
            " && !Platform::Waiting::is_charged()",
            "",
            "lock_protocol_test",
        ),
        (
            "relief_is_overwritten",
            "if (watch == kRelieved) return waiters;",
            "",
            "lock_protocol_test",
        ),
        (
            "short_sleep_is_enough_to_be_forgotten",
            "(!for_another || TimeLeft(deadline) <= 0 ||",
            "(true || TimeLeft(deadline) <= 0 ||",
            "lock_protocol_test",
        ),
        (
            "call_wakes_nobody",
            """        watch = kRelieved;
        room = kSleepers;""",
            "        watch = kRelieved;",
            "lock_protocol_test",
        ),
        (
            "called_sleeper_forgets_it",
            "if (wakeup != Wakeup::kWoken) wakeup = latest;",
            "wakeup = latest;",
            "lock_protocol_test",
        ),
        (
            "called_sleeper_does_not_wait",
            "while (watch == kRelieved ||",
            "while (",
            "lock_protocol_test",
        ),
        (
            "sleeper_does_not_see_the_call",
            "another_called || watch == kRelieved || owner == kReserved;",
            "another_called || owner == kReserved;",
            "model/raw_lock_test",
        ),
        (
            "call_is_taken_along",
            "without_us = With(kClaiming, without_us);",
            "",
            "lock_protocol_test",
        ),
        (
            "relieved_watchman_appoints",
            "WatchIn(waiters) == kRelieved ? kAppointed : kVacant;",
            "kVacant;",
            "lock_protocol_test",
        ),
        (
            "sleeper_is_counted_for_ever",
            "static_cast<uint16_t>(waiters - kOneSleeper)",
            "waiters",
            "model/raw_lock_test",
        ),
        (
            "last_sleeper_that_wakes_early_leaves",
            "(wakeup != Wakeup::kEarly || last)",
            "wakeup != Wakeup::kEarly",
            "model/raw_lock_test",
        ),
        (
            "appointee_does_not_watch",
            """    if (appointed || forgotten) {
        without_us = With(kWatching, without_us);
      } else if""",
            "    if",
            "lock_protocol_test",
        ),
        (
            "last_sleeper_leaves_the_watch_vacant",
            """without_us = With(kNobody, without_us);
      }""",
            "}",
            "model/raw_lock_test",
        ),
        (
            "turn_never_ends",
            "if (asleep != kAwaiting && time >= length) {",
            "if (false) {",
            "fairness_test",
        ),
        (
            "awaiting_watchman_is_not_noted",
            "asleep = kAwaiting;  // The holder keeps it for long.",
            "",
            "lock_protocol_test",
        ),
        (
            "watchman_takes_anothers_watch",
            "if (watch == kVacant || watch == kAppointed) return kNobody;",
            "",
            "lock_protocol_test",
        ),
        (
            "watchman_misses_a_change",
            "const uint16_t waiters = SetWatch(asleep);",
            """SetWatch(asleep);
      const uint16_t waiters = waiters_.load(std::memory_order_relaxed);""",
            "lock_protocol_test",
        ),
        (
            "holder_forgets_sleepers",
            "With(waiters >= kOneSleeper ? next : kNobody, waiters)",
            "With(kNobody, waiters)",
            "lock_protocol_test",
        ),
        (
            "watch_is_vacant_without_sleepers",
            "With(waiters >= kOneSleeper ? next : kNobody, waiters)",
            "With(next, waiters)",
            "model/raw_lock_test",
        ),
        (
            "resignation_forgets_sleepers",
            "With(sleepers ? kAppointed : kNobody, waiters)",
            "With(kNobody, waiters)",
            "lock_protocol_test",
        ),
        (
            "resignation_wakes_nobody",
            "if (sleepers) Wake(kSleepers);",
            "",
            "lock_protocol_test",
        ),
        (
            "failed_try_stays_in_its_section",
            """if (ABSL_PREDICT_TRUE(TryAcquire(from))) return true;
    Section::Leave();""",
            "if (ABSL_PREDICT_TRUE(TryAcquire(from))) return true;",
            "lock_protocol_test",
        ),
        (
            "watch_goes_on_with_the_lock",
            """    EndWatch();
    return true;""",
            "    return true;",
            "lock_protocol_test",
        ),
        (
            "tries_are_given_up",
            "return TryTake(kFree) || ABSL_PREDICT_FALSE(TryTakeReserved());",
            "return false;",
            "soak: each operation succeeds now and then",
        ),
    ],
    "//locks/core:raw_shared_lock.h": [
        (
            "share_is_counted_late",
            "readers_.fetch_add(kOneReader, std::memory_order_seq_cst);",
            "readers_.fetch_add(kOneReader, std::memory_order_relaxed);",
            "model/raw_shared_lock_test",
        ),
        (
            "share_sees_an_old_gate",
            "gate_.free(std::memory_order_seq_cst)",
            "gate_.free(std::memory_order_acquire)",
            "model/raw_shared_lock_test",
        ),
        (
            "lock_sees_old_shares",
            "return ABSL_PREDICT_FALSE(readers_.load(std::memory_order_seq_cst)",
            "return ABSL_PREDICT_FALSE(readers_.load(std::memory_order_acquire)",
            "model/raw_shared_lock_test",
        ),
        (
            "try_sees_old_shares",
            "return (readers_.load(std::memory_order_seq_cst) & kReaders) != 0;",
            "return (readers_.load(std::memory_order_acquire) & kReaders) != 0;",
            "model/raw_shared_lock_test",
        ),
        (
            "gate_is_let_go_late",
            "gate_.template UnlockContended<std::memory_order_seq_cst>();",
            "gate_.template UnlockContended<std::memory_order_release>();",
            "model/raw_cond_var_test",
        ),
        (
            "gate_is_let_go_with_old_attention",
            "gate_.attention(std::memory_order_seq_cst)",
            "gate_.attention(std::memory_order_acquire)",
            "model/raw_cond_var_test",
        ),
        (
            "share_does_not_look_at_the_gate_again",
            "if (ABSL_PREDICT_TRUE(gate_.free(std::memory_order_seq_cst))) return true;",
            "return true;",
            "model/raw_shared_lock_test",
        ),
        (
            "share_releases_nothing",
            "readers_.fetch_sub(kOneReader, std::memory_order_release)",
            "readers_.fetch_sub(kOneReader, std::memory_order_relaxed)",
            "model/raw_shared_lock_test",
        ),
        (
            "last_share_wakes_before_the_sleep",
            "(kOneReader | kDraining | kSleeping)",
            "(kOneReader | kDraining)",
            "shared_lock_protocol_test",
        ),
        (
            "last_share_wakes_nobody",
            "void WakeDrain() { Platform::WakeOne(&readers_, kRoom); }",
            "void WakeDrain() {}",
            "shared_lock_protocol_test",
        ),
        (
            "drain_acquires_nothing",
            "readers_.fetch_and(~(kDraining | kSleeping), std::memory_order_acquire);",
            "readers_.fetch_and(~(kDraining | kSleeping), std::memory_order_relaxed);",
            "model/raw_shared_lock_test",
        ),
        (
            "drain_leaves_the_sleep_noted",
            "readers_.fetch_and(~(kDraining | kSleeping), std::memory_order_acquire);",
            "readers_.fetch_and(~kDraining, std::memory_order_acquire);",
            "shared_lock_protocol_test",
        ),
        (
            "drain_is_not_noted",
            "readers_.fetch_or(kDraining, std::memory_order_relaxed);",
            "",
            "shared_lock_protocol_test",
        ),
        (
            "share_after_the_gate_is_not_counted",
            """    readers_.fetch_add(kOneReader, std::memory_order_relaxed);
    LetGo();""",
            "    LetGo();",
            "model/raw_shared_lock_test",
        ),
        (
            "gate_is_kept_after_a_late_drain",
            "if (!drained) LetGo();",
            "",
            "shared_lock_protocol_test",
        ),
        (
            "try_does_not_look_for_shares_again",
            """if (ABSL_PREDICT_TRUE(!shared())) return true;
    LetGo();""",
            """return true;
    LetGo();""",
            "model/raw_shared_lock_test",
        ),
        (
            "drain_leaves_the_section",
            "    Section::EnterAgain(outer + 1);",
            "    Section::EnterAgain(outer);",
            "shared_lock_protocol_test",
        ),
        (
            "share_is_taken_in_time_from_a_holder",
            "return ABSL_PREDICT_TRUE(TryShare()) || LockSharedContended(deadline);",
            """readers_.fetch_add(kOneReader, std::memory_order_seq_cst);
    return true;""",
            "soak: a holder is alone",
        ),
    ],
    "//locks/core:lock_waiters.h": [
        (
            "signal_sees_an_old_holder",
            "gate_.held(std::memory_order_seq_cst)",
            "gate_.held(std::memory_order_acquire)",
            "model/raw_cond_var_test",
        ),
        (
            "attention_for_ever",
            "if (list.first() == nullptr) gate_.ClearAttention();",
            "",
            "shared_lock_protocol_test",
        ),
        (
            "attention_is_not_called",
            "    gate_.SetAttention();",
            "",
            "model/raw_cond_var_test",
        ),
        (
            "chosen_waiter_is_not_woken",
            "      if (woken != nullptr) TheWaiter::Wake(woken);",
            "",
            "model/raw_cond_var_test",
        ),
        (
            "gate_is_not_woken",
            "      if (room != 0) gate_.Wake(room);",
            "",
            "shared_lock_protocol_test",
        ),
        (
            "waiter_does_not_wait_again",
            """      SetState(waiter, TheWaiter::kWaiting);
      next""",
            "      next",
            "model/raw_cond_var_test",
        ),
        (
            "second_chosen_is_as_the_first",
            "woken == nullptr ? TheWaiter::kWoken : TheWaiter::kChosen",
            "TheWaiter::kWoken",
            "condition_test",
        ),
        (
            "signalled_waiter_is_forgotten",
            """(waiter = next()) != nullptr;) {
      SetState(waiter, TheWaiter::kWaiting);
    }""",
            "(waiter = next()) != nullptr;) {}",
            "soak: no thread is stuck",
        ),
        (
            "condition_is_not_looked_at_again",
            "if (holds || !woken) {",
            "if (true) {",
            "soak: a wait ends when its condition holds",
        ),
        (
            "condition_is_misreported",
            "      return holds;",
            "      return woken;",
            "soak: a condition is as it is said",
        ),
        (
            "verdicts_are_left_on_the_heap",
            "bool holds;",
            "bool& holds = *new bool[64];",
            "soak: memory does not grow",
        ),
    ],
    "//locks/core:raw_cond_var.h": [
        (
            "wait_is_not_counted",
            "Count(+1);",
            "",
            "model/raw_cond_var_test",
        ),
        (
            "waiting_is_counted_in_eight_bytes",
            "Count(+1);",
            "reinterpret_cast<volatile uint64_t&>(waiters_) = (waiting() + 1) * kOneWaiter;",
            "soak: no item is lost",
        ),
        (
            "signal_is_dropped",
            "SignalFirst(1);",
            ";",
            "model/raw_cond_var_test",
        ),
        (
            "signalled_waiter_stays_in_the_list",
            "          waiter->variable = nullptr;",
            "",
            "model/raw_cond_var_test",
        ),
        (
            "signal_wakes_nobody",
            "      LockWaiters<Platform>::Wake(woken);",
            "",
            "model/raw_cond_var_test",
        ),
    ],
    "//locks/core:waiter.h": [
        (
            "gate_is_taken_late",
            "RawLock<Platform, std::memory_order_seq_cst>",
            "RawLock<Platform, std::memory_order_acquire>",
            "model/raw_shared_lock_test",
        ),
        (
            "sleep_goes_on_when_woken",
            "if (before == kWoken) return true;",
            "",
            "model/raw_cond_var_test",
        ),
    ],
    "//locks:slice_section.h": [
        (
            "request_is_not_withdrawn",
            """      return LeaveNested();
    }
    Withdraw(thread);""",
            """      return LeaveNested();
    }""",
            "slice_section_test",
        ),
        (
            "request_is_not_made",
            """    thread.control->Request();
    KeepOrder();""",
            "",
            "slice_section_test",
        ),
        (
            "grant_is_kept_after_a_call",
            "if (ABSL_PREDICT_FALSE(thread.control->granted())) Yield(thread);",
            "",
            "slice_section_test",
        ),
    ],
    "//locks/core:keyed_list.h": [
        (
            "latest_waiter_comes_first",
            "(*link)->priority >= node->priority",
            "(*link)->priority > node->priority",
            "keyed_list_test",
        ),
        (
            "lists_are_mixed_up",
            "while (node != nullptr && node->*kKey != key_) node = node->*kNext;",
            "",
            "keyed_list_test",
        ),
    ],
    "//locks:cond_var.h": [
        (
            "time_out_is_misreported",
            "return !WaitUntil(mutex, DeadlineIn(limit));",
            "return WaitUntil(mutex, DeadlineIn(limit));",
            "cond_var_test",
        ),
    ],
    "//locks:deadline.h": [
        (
            "endless_time_is_none",
            "return nanoseconds < kNever - now ? now + nanoseconds : kNever;",
            "return nanoseconds < kNever - now ? now + nanoseconds : now;",
            "condition_test",
        ),
        (
            "half_the_time_is_enough",
            "return now + std::chrono::ceil<std::chrono::nanoseconds>(limit).count();",
            "return now + std::chrono::ceil<std::chrono::nanoseconds>(limit).count() / 2;",
            "soak: no wait ends before its time",
        ),
        (
            "time_is_over_nine_seconds_late",
            "return nanoseconds < kNever - now ? now + nanoseconds : kNever;",
            "return nanoseconds < kNever - now ? now + nanoseconds + 9'000'000'000 : kNever;",
            "soak: a wait ends at its time",
        ),
    ],
    "//locks:mutex.h": [
        (
            "mutex_has_no_slow_release",
            "if (ABSL_PREDICT_FALSE(mutex_.more_to_release())) return UnlockUnusually();",
            "",
            "condition_test",
        ),
        (
            "misuse_goes_unnoticed",
            """if (ABSL_PREDICT_FALSE(!mutex_.held())) {
      Fatal("unlock() of""",
            """if (false) {
      Fatal("unlock() of""",
            "lock_test",
        ),
    ],
    "//locks:recursive_mutex.h": [
        (
            "released_at_first",
            "if (--times_ != 0) return;",
            "--times_;",
            "recursive_mutex_test",
        ),
        (
            "owner_stays",
            """    owner_.store(0, std::memory_order_relaxed);
""",
            "",
            "recursive_mutex_test",
        ),
    ],
    "//locks:spinlock.h": [
        (
            "spinlock_has_no_slow_release",
            "if (ABSL_PREDICT_FALSE(lock_.more_to_release())) return UnlockUnusually();",
            "",
            "lock_test",
        ),
    ],
}
