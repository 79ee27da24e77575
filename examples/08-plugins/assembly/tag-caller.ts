// Tells services who called: sets an attachment to the caller's name, or to its address where it says none.
import { Config, Metadata, Mutation } from 'weir'

const tags: string[] = []

export function onConfigure(config: Config): void {
  tags.push(config.get('tag') || 'caller')
}

export function onRequest(metadata: Metadata, mutation: Mutation): void {
  const caller = metadata.get('caller')
  mutation.set(tags[metadata.config], caller == null ? metadata.peer : caller)
}
