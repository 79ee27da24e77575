/** StartProgram: a plugin's program in an interpreter of its own, made ready within what configuring it may spend. */
import { Trap } from '../trap.ts'
import type { Interpreter } from './interpreter.ts'

interface Startable {
  readonly interpreter: Interpreter
}

/** What is wrong with the interpreter or with the source is a trap. */
export function startProgram<Program extends Startable>(
  fuel: number,
  create: () => Program,
  prepare: (program: Program) => Trap | undefined,
): Program | Trap {
  const program = created(create)
  if (program instanceof Trap) return program
  const { interpreter } = program
  try {
    interpreter.setFuel(fuel)
    return prepare(program) ?? program
  } catch (error) {
    return interpreter.trapOf(error)
  }
}

/** An interpreter that does not even start has no memory to start in: the quota's, or the machine's. */
function created<Program>(create: () => Program): Program | Trap {
  try {
    return create()
  } catch (error) {
    const text = error instanceof Trap ? error.text : String(error)
    return new Trap('memory', `the Lua interpreter does not start: ${text}`)
  }
}
