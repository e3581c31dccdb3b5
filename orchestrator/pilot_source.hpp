// Where pilots come from. Private to the room.
#pragma once

#include <string>

namespace o2v::orchestrator {

// All is done from io.run() of the executor's loop, and nothing waits.
class PilotSource {
  public:
    virtual ~PilotSource() = default;

    // So many pilots are to be there or on their way. Called again and again; what is missing is asked for,
    // after a pause where the last ones were lost.
    virtual void want(int pilots) = 0;
    // A pilot has connected that calls itself so; "" = it belongs to no job.
    virtual void joined(const std::string& job) = 0;
    // A pilot has been of use: a checkpoint or the end of a trial has come from it.
    virtual void worked() = 0;
    enum class Leaving {
        released,  // it was told to, or its time was over
        lost,      // nobody knows why; it may come back
        useless    // it could not train where it was: its worker does not start, its disk is full
    };
    virtual void left(const std::string& job, Leaving how) = 0;
    // Why there will be no more of them; "" while there may.
    virtual std::string failure() const = 0;
    // For a person: "8 pilots: 3 connected, 5 waiting (Resources)".
    virtual std::string standing() const = 0;
    // What is on its way is called off, and what remains is told to end. Nothing of it runs afterwards.
    virtual void dismiss() = 0;
    virtual bool dismissed() const = 0;  // that is done
};

}  // namespace o2v::orchestrator
