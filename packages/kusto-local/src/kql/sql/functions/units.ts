/** convert_angle() to convert_volume(): see `engine/native/units.ts`. */
import type { Quantity } from '../../../engine/native/numbers/units.ts';
import type { FunctionTable, ScalarFunction } from './definition.ts';
import { template } from './definition.ts';

function conversion(quantity: Quantity): ScalarFunction {
  return {
    ...template(
      ['real', 'string', 'string'],
      'real',
      (x, from, to) => `kql_convert_unit('${quantity}', ${x}, ${from}, ${to})`,
      { nullable: true },
    ),
    note: "by the units' definitions; a unit without an exact one is an error",
  };
}

export const unitFunctions: FunctionTable = {
  convert_angle: conversion('angle'),
  convert_energy: conversion('energy'),
  convert_force: conversion('force'),
  convert_length: conversion('length'),
  convert_mass: conversion('mass'),
  convert_speed: conversion('speed'),
  convert_temperature: conversion('temperature'),
  convert_volume: conversion('volume'),
};
