// What one call of a function logs, and what of it the platform stores.
'use strict';

// Documented. Whether V2's limit counts characters is not; and of what is stored beyond a limit only V1 speaks. Neither
// says that the call fails, so it goes on.
const MOST_ENTRIES = 10;
const MOST_CHARACTERS = {v1: 6000, v2: 16384};
const MOST_KEPT = 1000; // debug may be more than anybody reads

const lengthOf = ({message, extras}) => [message, ...extras].reduce((sum, text) => sum + text.length, 0);

class CallLog {
  constructor(version) {
    this.mostCharacters = MOST_CHARACTERS[version];
    this.kept = [];
    this.entries = 0;
    this.characters = 0;
  }

  // The platform never stores debug: it is kept here for the reader of a test, and is not counted.
  add(entry) {
    if (entry.level !== 'debug') {
      this.entries += 1;
      this.characters += lengthOf(entry);
    }
    if (this.kept.length < MOST_KEPT) this.kept.push(entry);
  }

  stored() {
    if (this.entries <= MOST_ENTRIES && this.characters <= this.mostCharacters) return this.kept;
    return [...this.kept.filter(entry => entry.level === 'debug'), this.overflow()];
  }

  overflow() {
    const message = `the function logged ${this.entries} entries with ${this.characters} characters; of a call, LivePerson `
      + `stores ${MOST_ENTRIES} entries with ${this.mostCharacters} characters, and of more than that only one error: this one`;
    return {level: 'error', message, extras: [], timestamp: Date.now()};
  }
}

module.exports = {CallLog};
