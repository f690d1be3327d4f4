/* SPDX-License-Identifier: Apache-2.0 */
/* store.pml - the claims of a store's tills (firmware/lan/arbiter.h, step.h), small enough to be searched to the last state.
 *
 * One coupon, two tills, an arbiter. The network is a set: what was once said may come never, once, or again and again, at
 * any later time and in any order. Everything else happens one step at a time, in any order: claims, sales, what is given up,
 * power cuts of tills and of the arbiter, a broken line.
 *
 * Held     the coupon is not given twice.
 * Broken   each of AT_ONCE (given before the answer), MEMORY (the arbiter grants before its commit), LAPSE (a claim lapses
 *          by time), FREE_EARLY (a join frees claims before all is told), TWICE (a word is judged each time it comes),
 *          ANY_ANSWER (an answer of another word is believed) gives it twice. */

#ifndef SESSIONS
#define SESSIONS 3 /* of a till: it joins so often at the most */
#endif
#define WORDS 4 /* in a session */

/* words and answers: sets, at (till, session, number) */
#define AT(t, s, n) (((t) * SESSIONS + (s)) * WORDS + (n))
#define NOTHING 0
#define CLAIM   1
#define RELEASE 2
#define TOLD    3 /* all of the journal: with the sale, if there was one */
#define TOLD_SOLD 4
#define GRANTED 1
#define REFUSED 2
#define DONE    3
byte word[2 * SESSIONS * WORDS], answer[2 * SESSIONS * WORDS];

/* a till */
bool sold[2];      /* on its disk */
byte session[2];   /* 0: it has not joined yet */
byte number[2];    /* of its last word */
bool waits[2];     /* for the answer to it */
bool holds[2];     /* it was granted, as far as it remembers */
bool knows_all[2]; /* the arbiter was told all, in this session */

/* the arbiter: on its disk, and in memory */
byte disk_holder, holder; /* 0: nobody; till + 1 */
bool disk_used, used;     /* a record says that it was given */
byte current[2], heard[2];
byte given;

byte m, n, s; /* of one step */

inline forget() { m = 0; n = 0; s = 0 }
inline pick_till() { if :: m = 0 :: m = 1 fi }

inline lose_line(t)
{
    waits[t] = false;
    knows_all[t] = false;
    number[t] = 0;
    if
    :: session[t] + 1 < SESSIONS -> session[t]++
    :: else -> session[t] = 0 /* as far as this search goes: it stays away */
    fi
}

inline speak(t, what)
{
    number[t]++;
    word[AT(t, session[t], number[t])] = what;
    waits[t] = true
}

inline commit_disk() { disk_holder = holder; disk_used = used }

inline say(t, what)
{
#ifdef TWICE
    answer[AT(t, s, n)] = what
#else
    answer[AT(t, s, n)] = what;
    heard[t] = n
#endif
}

inline judge(t)
{
    if
    :: !used && (holder == 0 || holder == t + 1) ->
        holder = t + 1;
#ifdef MEMORY
        say(t, GRANTED);
        if :: commit_disk() :: skip fi /* the power goes before the commit, or after it */
#else
        commit_disk();
        say(t, GRANTED)
#endif
    :: else -> say(t, REFUSED)
    fi
}

inline be_told(t, was_sold)
{
    if
    :: was_sold -> used = true; holder = (holder == t + 1 -> 0 : holder)
    :: !was_sold && holder == t + 1 && n == 1 -> holder = 0 /* of before this session: its sale did not come to be */
    :: else
    fi;
    commit_disk();
    say(t, DONE)
}

active proctype store()
{
    atomic { session[0] = 1; session[1] = 1 }
    do
    :: atomic { /* the first word of a session tells all; a claim that stands is told before that, and is not told here */
        pick_till();
        if
        :: session[m] != 0 && !waits[m] && !knows_all[m] && !holds[m] && number[m] == 0 ->
            if :: sold[m] -> speak(m, TOLD_SOLD) :: else -> speak(m, TOLD) fi
        :: else
        fi;
        forget()
    }
    :: atomic { /* a customer shows the coupon */
        pick_till();
        if
        :: session[m] != 0 && !waits[m] && knows_all[m] && !holds[m] && !sold[m] && number[m] + 2 < WORDS ->
            speak(m, CLAIM);
#ifdef AT_ONCE
            sold[m] = true; given++; assert(given <= 1)
#endif
        :: else
        fi;
        forget()
    }
    :: atomic { /* paid, or given up */
        pick_till();
        if
        :: holds[m] && !sold[m] -> holds[m] = false; sold[m] = true; given++; assert(given <= 1)
        :: holds[m] && !waits[m] && session[m] != 0 && number[m] + 1 < WORDS -> holds[m] = false; speak(m, RELEASE)
        :: else
        fi;
        forget()
    }
    :: atomic { /* the sale is told */
        pick_till();
        if
        :: sold[m] && session[m] != 0 && !waits[m] && knows_all[m] && number[m] + 1 < WORDS -> speak(m, TOLD_SOLD)
        :: else
        fi;
        forget()
    }
    :: atomic { /* the arbiter hears a word, early or late */
        pick_till();
        s = 1;
        do :: s + 1 < SESSIONS -> s++ :: break od;
        n = 1;
        do :: n + 1 < WORDS -> n++ :: break od;
        if
        :: word[AT(m, s, n)] != NOTHING && s >= current[m] ->
            if :: s > current[m] -> current[m] = s; heard[m] = 0 :: else fi;
            if
#ifdef TWICE
            :: true ->
#else
            :: n == heard[m] + 1 ->
#endif
                if
                :: word[AT(m, s, n)] == CLAIM -> judge(m)
                :: word[AT(m, s, n)] == RELEASE -> holder = (holder == m + 1 -> 0 : holder); commit_disk(); say(m, DONE)
                :: word[AT(m, s, n)] == TOLD -> be_told(m, false)
                :: word[AT(m, s, n)] == TOLD_SOLD -> be_told(m, true)
                :: else
                fi
            :: else
            fi
        :: else
        fi;
        forget()
    }
    :: atomic { /* a till hears an answer, early or late */
        pick_till();
        if
        :: waits[m] && answer[AT(m, session[m], number[m])] != NOTHING ->
            waits[m] = false;
            if
            :: answer[AT(m, session[m], number[m])] == GRANTED -> holds[m] = true
            :: answer[AT(m, session[m], number[m])] == DONE -> knows_all[m] = true
            :: else
            fi
#ifdef ANY_ANSWER
        :: waits[m] && word[AT(m, session[m], number[m])] == CLAIM && answer[AT(1 - m, 1, 2)] == GRANTED ->
            waits[m] = false;
            holds[m] = true
#endif
        :: else
        fi;
        forget()
    }
    :: atomic { /* a till's power goes: what it was granted it does not remember */
        pick_till();
        holds[m] = false;
        if :: session[m] != 0 -> lose_line(m) :: else fi;
        forget()
    }
    :: atomic { /* a line breaks; a claim that stands does, and the sale is recorded or given up before it is told */
        pick_till();
        if :: session[m] != 0 && !holds[m] -> lose_line(m) :: else fi;
        forget()
    }
    :: atomic { /* the arbiter's power goes: what it knows is what it stored; its tills join anew */
        holder = disk_holder;
        used = disk_used;
        current[0] = (session[0] != 0 -> session[0] + 1 : SESSIONS);
        current[1] = (session[1] != 0 -> session[1] + 1 : SESSIONS);
        heard[0] = 0;
        heard[1] = 0;
        if :: session[0] != 0 -> lose_line(0) :: else fi;
        if :: session[1] != 0 -> lose_line(1) :: else fi
    }
#ifdef LAPSE
    :: atomic { holder = 0; disk_holder = 0 }
#endif
#ifdef FREE_EARLY
    :: atomic { pick_till(); if :: holder == m + 1 && session[m] > 1 -> holder = 0; disk_holder = 0 :: else fi; forget() }
#endif
    od
}
