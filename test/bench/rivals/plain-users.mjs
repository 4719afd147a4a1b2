import { readFile } from 'node:fs/promises'
import { parse } from 'yaml'

export const users = async () => parse(await readFile('config.yaml', 'utf8')).users
